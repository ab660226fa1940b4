{{ config(materialized='table') }}

-- What a venue refused to a reader for good although nothing was ever read of it: the account has no part in
-- it (decision 0015). Of what was read before, a refusal says nothing: the endpoint may be gone. Some of many
-- scopes are refused for themselves where each is an account of its own.
with refused as (
    select
        {{ account_id("data_sources.owner_id", "data_sources.venue", "data_sources.environment",
            "outcomes.account_ref") }} as reader_id,
        outcomes.subject as stream,
        scope,
        outcomes.day,
        outcomes.attempted_at
    from {{ source('coverage', 'outcomes') }} as outcomes
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on outcomes.data_source_id = data_sources.id
    inner join {{ source('coverage', 'streams') }} as streams
        on
            data_sources.venue = streams.venue
            and outcomes.subject = streams.stream
    left join lateral unnest(outcomes.scopes) as scope on true
    where
        outcomes.result = 'not_enabled'
        and outcomes.subject_kind = 'stream'
        and (scope is null or streams.scope_rule in ('own_email', 'managed_emails'))
),

first_reads as (
    select
        reader_id,
        stream,
        scope,
        min(recorded_at) as read_at
    from {{ ref('int_coverage') }}
    group by reader_id, stream, scope
)

select
    refused.reader_id,
    refused.stream,
    refused.scope,
    max(refused.day) as last_day
from refused
left join first_reads
    on
        refused.reader_id = first_reads.reader_id
        and refused.stream = first_reads.stream
        and coalesce(refused.scope = first_reads.scope, true)
        and refused.attempted_at > first_reads.read_at
where first_reads.stream is null
group by refused.reader_id, refused.stream, refused.scope
