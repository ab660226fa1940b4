-- Paid into spot at deliverDate. One that becomes flexible earn (CONVERT) is told by no rule that we know.
with redemptions as (
    select
        *,
        case
            when redemption_type not in ('NORMAL', 'EARLY') then 'unknown'
            when status_code = 'PAID' then 'completed'
            when status_code = 'CREATED' then 'pending'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__onchain_yield_redemptions') }}
    where error_reason is null
),

legs as (
    select
        *,
        'paid' as leg_role,
        case redemption_type when 'CONVERT' then 'earn_flexible' else 'spot' end as wallet,
        redeemed_amount as amount,
        coalesce(delivered_at, redeemed_at) as occurred_at
    from redemptions
)

{{ binance_legs(
    'legs', 'onchain_yield_redemptions',
    type="case record_status when 'unknown' then 'unknown' else 'stake' end",
    subtype='redemption_type',
    status='record_status'
) }}
