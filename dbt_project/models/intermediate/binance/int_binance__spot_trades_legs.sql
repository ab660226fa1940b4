with trades as (
    select
        trades.*,
        symbols.base_asset,
        symbols.quote_asset,
        case when trades.is_buyer then 1 else -1 end as side
    from {{ ref('stg_binance__spot_trades') }} as trades
    inner join {{ ref('int_binance__symbols') }} as symbols
        on
            trades.environment = symbols.environment
            and trades.symbol = symbols.symbol
    where trades.error_reason is null
),

legs as (
    select
        trades.*,
        leg.*,
        'spot' as wallet,
        trades.traded_at as occurred_at
    from trades
    inner join lateral (
        values
        ('base', trades.base_asset, trades.side * trades.base_amount, 'trade', null),
        ('quote', trades.quote_asset, -trades.side * trades.quote_amount, 'trade', null),
        ('fee', trades.commission_asset, -trades.commission_amount, 'fee', 'trade_commission')
    ) as leg (leg_role, asset, amount, type, subtype) on true
)

{{ binance_legs(
    'legs', 'spot_trades',
    subtype="coalesce(subtype, case when is_buyer then 'buy' else 'sell' end)",
    is_exact='true',
    symbol='symbol',
    price='price'
) }}
