-- What the venue's own statements say beside the transactions. They have no ids: nothing is booked by them.
select
    source_id,
    owner_id,
    data_source_id,
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as account_id,
    'binance' as venue,
    {{ binance_wallet_of_statement('account_name') }} as wallet,
    account_name,
    asset,
    amount,
    operation,
    remark,
    happened_at as occurred_at,
    {{ utc_date('happened_at') }} as occurred_on,
    'staging_binance.raw_transaction_history_files' as source_table,
    source_raw_id,
    recorded_at
from {{ ref('stg_binance__transaction_history_files') }}
where error_reason is null
