-- Records that may still move something, or may have moved more than they tell: those that are open, and
-- calls that are in a block and were not read late enough to know that all their network records are told.
-- The venue adds them later, before or after it calls them completed. One that was never seen open, and was
-- old when it was first read, had the time.
with transactions as (
    select
        transactions.*,
        reads.first_closed_at,
        reads.last_open_at,
        reads.last_read_at
    from {{ ref('int_fireblocks__transactions') }} as transactions
    inner join {{ ref('int_fireblocks__transaction_reads') }} as reads
        on transactions.record_id = reads.record_id
)

select
    record_id,
    reader_id,
    created_at as from_at,
    null::timestamptz as until_at,
    last_read_at as unread_after,
    'open_record_not_reread' as reason
from transactions
where state in ('open', 'held') or (state = 'unknown' and first_closed_at is null)
union all
select
    record_id,
    reader_id,
    created_at as from_at,
    first_closed_at + {{ fireblocks_lag() }} as until_at,
    created_at as unread_after,
    'network_records_not_settled' as reason
from transactions
where
    operation in ('CONTRACT_CALL', 'PROGRAM_CALL')
    and (
        (state = 'open' and block_height is not null)
        or (
            state in ('done', 'unknown')
            and last_read_at < first_closed_at + {{ fireblocks_settling() }}
            and (last_open_at > created_at or first_closed_at < created_at + {{ fireblocks_lag() }})
        )
    )
