{{ config(materialized='table') }}

-- All assets ever seen in a wallet of an account.
select
    account_id,
    wallet,
    asset
from {{ ref('int_positions') }}
where venue = 'binance' and wallet in ('spot', 'portfolio_margin') and amount <> 0 and not is_earn_token
union
select
    account_id,
    wallet,
    asset
from {{ ref('transactions') }}
where venue = 'binance' and wallet in ('spot', 'portfolio_margin') and status = 'completed'
