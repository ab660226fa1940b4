{{ config(materialized='table', indexes=[{'columns': ['reader_id', 'stream', 'scope', 'as_of']}]) }}

select
    {{ account_id("data_sources.owner_id", "data_sources.venue", "data_sources.environment",
        "intervals.account_ref") }} as reader_id,
    intervals.stream,
    intervals.scope,
    intervals.proven,
    intervals.as_of,
    intervals.recorded_at
from {{ source('coverage', 'intervals') }} as intervals
inner join {{ source('registry', 'data_sources') }} as data_sources
    on intervals.data_source_id = data_sources.id
