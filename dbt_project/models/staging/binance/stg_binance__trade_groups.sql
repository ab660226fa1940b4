with source as (
    {{ newest_readings(source('staging_binance', 'raw_live_captures')) }}
)

select
    source_id,
    owner_id,
    environment,
    account_ref,
    taken_at,
    balances -> 'account' ->> 'tradeGroupId' as trade_group
from source
where wallet = 'spot' and is_own
