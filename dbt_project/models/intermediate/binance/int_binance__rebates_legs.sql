with legs as (
    select
        *,
        'rebate' as leg_role,
        'spot' as wallet,
        paid_at as occurred_at,
        rebate_amount as amount,
        case rebate_type
            when '1' then 'commission_rebate'
            when '2' then 'referral_kickback'
        end as rebate_kind
    from {{ ref('stg_binance__rebates') }}
    where error_reason is null
)

{{ binance_legs(
    'legs', 'rebates',
    type="case when rebate_kind is null then 'unknown' else 'rebate' end",
    subtype='rebate_kind'
) }}
