with trades as (
    select
        trades.*,
        symbols.base_asset,
        symbols.quote_asset,
        {{ account_id("trades.owner_id", "'binance'", "trades.environment", "trades.account_ref") }}
            as account_id,
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
        leg.leg_role,
        leg.asset,
        leg.amount,
        leg.type,
        leg.subtype
    from trades
    inner join lateral (
        values
        ('base', trades.base_asset, trades.side * trades.base_amount, 'trade', null),
        ('quote', trades.quote_asset, -trades.side * trades.quote_amount, 'trade', null),
        ('fee', trades.commission_asset, -trades.commission_amount, 'fee', 'trade_commission')
    ) as leg (leg_role, asset, amount, type, subtype) on true
    where leg.amount <> 0
)

select
    record_id,
    record_id as event_id,
    leg_role,
    0 as leg_ordinal,
    owner_id,
    data_source_id,
    account_id,
    'binance' as venue,
    'spot' as wallet,
    asset,
    'balance' as component,
    amount,
    type,
    coalesce(subtype, case when is_buyer then 'buy' else 'sell' end) as subtype,
    'completed' as status,
    traded_at as occurred_at,
    null::timestamptz as bracket_start,
    null::timestamptz as bracket_end,
    'time' as cut_axis,
    {{ epoch_ms('traded_at') }} as cut_value,
    null as counterparty,
    null as network,
    null as tx_hash,
    symbol,
    price,
    'spot_trades' as source_stream,
    'staging_binance.raw_spot_trades' as source_table,
    source_raw_id,
    source_id,
    recorded_at
from legs
