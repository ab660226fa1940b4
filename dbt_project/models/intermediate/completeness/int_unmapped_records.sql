{{ config(materialized='table') }}

-- Everything that may have moved something nobody knows of: records that could not be mapped, and legs whose
-- status or type is not known (of Fireblocks its own model tells them). Without an asset, a wallet or an
-- account each of them may be concerned.
select
    account_id,
    reader_id,
    wallet,
    asset,
    stream,
    from_at,
    until_at,
    reason,
    source_table,
    source_id
from {{ ref('int_binance__unmapped_records') }}
union all
select
    account_id,
    reader_id,
    null as wallet,
    asset,
    stream,
    from_at,
    until_at,
    reason,
    source_table,
    source_id
from {{ ref('int_fireblocks__unmapped_records') }}
union all
select
    transactions.account_id,
    readers.reader_id,
    transactions.wallet,
    transactions.asset,
    transactions.source_stream as stream,
    coalesce(transactions.bracket_start, transactions.occurred_at) as from_at,
    null::timestamptz as until_at,
    'its type or status is not known' as reason,
    transactions.source_table,
    transactions.source_id
from {{ ref('transactions') }} as transactions
inner join {{ ref('int_readers') }} as readers
    on transactions.account_id = readers.account_id
where transactions.type = 'unknown' and transactions.venue <> 'fireblocks'
