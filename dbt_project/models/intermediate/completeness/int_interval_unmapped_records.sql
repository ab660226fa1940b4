{{ config(materialized='table', indexes=[{'columns': ['interval_id', 'asset']}]) }}

-- What could not be mapped and may have moved something while an interval lasted. Without an asset it may be
-- any of the wallet; what names the account, and of Binance the wallet, is certain to be of this one.
select distinct
    intervals.interval_id,
    records.asset,
    records.account_id is not null
    and (intervals.venue = 'fireblocks' or records.wallet is not null) as is_of_this_wallet,
    'unmapped_record: ' || records.stream as reason
from {{ ref('int_intervals') }} as intervals
inner join {{ ref('int_unmapped_records') }} as records
    on
        intervals.reader_id = records.reader_id
        and intervals.account_id = coalesce(records.account_id, intervals.account_id)
        and intervals.wallet = coalesce(records.wallet, intervals.wallet)
where
    coalesce(records.from_at <= coalesce(intervals.closing_ended_at, 'infinity'), true)
    and coalesce(records.until_at >= intervals.opening_taken_at, true)
