-- Stocks into tokens (MINT) or back (REDEEM). What failed has moved nothing; of all else no record tells
-- which wallet has given or received either, or when.
with legs as (
    select
        conversions.*,
        leg.leg_role,
        leg.asset,
        case when conversions.status_code = 'F' then 'funding' end as wallet,
        case when conversions.status_code = 'F' then 0 end as amount,
        case conversions.status_code
            when 'S' then 'completed'
            when 'P' then 'pending'
            when 'F' then 'failed'
            else 'unknown'
        end as record_status,
        conversions.asked_at as occurred_at
    from {{ ref('stg_binance__stock_conversions') }} as conversions
    inner join lateral (
        values
        ('underlying', conversions.underlying_asset),
        ('tokenized', conversions.tokenized_asset)
    ) as leg (leg_role, asset) on true
    where conversions.error_reason is null
)

{{ binance_legs(
    'legs', 'stock_conversions',
    type="case record_status when 'unknown' then 'unknown' else 'conversion' end",
    subtype='lower(conversion_type)',
    status='record_status',
    unmapped_because="'no record tells which wallet a stock or its token is in'"
) }}
