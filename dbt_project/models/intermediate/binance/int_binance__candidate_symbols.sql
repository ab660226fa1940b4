{{ config(materialized='table') }}

-- All symbols, listed or archived, that contain an asset ever seen in the account's spot wallet.
with seen as (
    select
        account_id,
        asset
    from {{ ref('int_positions') }}
    where venue = 'binance' and wallet = 'spot' and amount <> 0 and not is_earn_token
    union
    select
        account_id,
        asset
    from {{ ref('transactions') }}
    where venue = 'binance' and wallet = 'spot' and status = 'completed'
)

select distinct
    readers.account_id,
    symbols.symbol,
    symbols.not_trading_from
from seen
inner join {{ ref('int_readers') }} as readers
    on seen.account_id = readers.account_id
inner join {{ ref('int_binance__symbols') }} as symbols
    on
        readers.environment = symbols.environment
        and seen.asset in (symbols.base_asset, symbols.quote_asset)
