{{ config(materialized='table') }}

-- All symbols, listed or archived, that contain an asset ever seen in the account's wallet.
select distinct
    seen.account_id,
    seen.wallet,
    symbols.symbol,
    symbols.not_trading_from
from {{ ref('int_binance__candidate_assets') }} as seen
inner join {{ ref('int_readers') }} as readers
    on seen.account_id = readers.account_id
inner join {{ ref('int_binance__symbols') }} as symbols
    on
        readers.environment = symbols.environment
        and seen.asset in (symbols.base_asset, symbols.quote_asset)
