-- Hashrate that is paid for (248), or paid back (249); only what succeeded is listed.
with legs as (
    select
        *,
        'payment' as leg_role,
        'spot' as wallet,
        moved_at as occurred_at,
        case transfer_type when '249' then moved_amount else -moved_amount end as amount,
        coalesce(transfer_type in ('248', '249') and status_code = 'S', false) as is_known
    from {{ ref('stg_binance__cloud_mining_transfers') }}
    where error_reason is null
)

{{ binance_legs(
    'legs', 'cloud_mining_transfers',
    type="case when is_known then 'payment' else 'unknown' end",
    subtype="case transfer_type when '248' then 'cloud_mining' when '249' then 'cloud_mining_refund' end"
) }}
