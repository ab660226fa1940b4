{{ config(materialized='table') }}

with listed as (
    select * from {{ ref('stg_binance__symbols') }}
),

lists as (
    select distinct
        environment,
        source_id,
        observed_at
    from listed
),

symbols as (
    select
        environment,
        symbol,
        (array_agg(base_asset order by observed_at desc, source_id desc))[1] as base_asset,
        (array_agg(quote_asset order by observed_at desc, source_id desc))[1] as quote_asset,
        max(observed_at) filter (where status_code = 'TRADING') as last_trading_at
    from listed
    where symbol is not null
    group by environment, symbol
)

select
    symbols.environment,
    symbols.symbol,
    symbols.base_asset,
    symbols.quote_asset,
    min(lists.observed_at) as not_trading_from
from symbols
left join lists
    on
        symbols.environment = lists.environment
        and lists.observed_at > coalesce(symbols.last_trading_at, '-infinity')
group by symbols.environment, symbols.symbol, symbols.base_asset, symbols.quote_asset
