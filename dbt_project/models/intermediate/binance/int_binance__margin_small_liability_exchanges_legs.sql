-- One loan becomes another. How much of it was interest is not told: all of it is taken for the loan.
with legs as (
    select
        exchanges.*,
        leg.*,
        'cross_margin' as wallet,
        case exchanges.exchange_type
            when 'EXCHANGE_SMALL_LIABILITY' then 'conversion'
            else 'unknown'
        end as type,
        exchanges.exchanged_at as occurred_at
    from {{ ref('stg_binance__margin_small_liability_exchanges') }} as exchanges
    inner join lateral (
        values
        ('from', exchanges.from_asset, -exchanges.from_amount),
        ('to', exchanges.to_asset, exchanges.to_amount)
    ) as leg (leg_role, asset, amount) on true
    where exchanges.error_reason is null
)

{{ binance_legs(
    'legs', 'margin_small_liability_exchanges',
    component="'loan'",
    subtype="'small_liability'"
) }}
