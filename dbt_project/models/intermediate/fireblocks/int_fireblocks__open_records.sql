select
    transactions.record_id,
    transactions.reader_id,
    transactions.created_at,
    reads.last_read_at
from {{ ref('int_fireblocks__transactions') }} as transactions
inner join {{ ref('int_fireblocks__transaction_reads') }} as reads
    on transactions.record_id = reads.record_id
where transactions.state in ('open', 'held', 'unknown')
