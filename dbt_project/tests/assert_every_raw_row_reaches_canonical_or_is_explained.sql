-- Rows that landed while the build was running wait for the next one.
select
    source_table,
    source_id
from {{ ref('raw_record_status') }}
where
    processing_status = 'pending'
    and recorded_at < '{{ run_started_at }}'
