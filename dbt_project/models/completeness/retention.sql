-- What a venue forgets, and how much of it was never read. Wanted is what lies after an account's first
-- capture, or after the day from which its owner wants its history; now is the last time that the venue told.
with clocks as (
    select
        readers.venue,
        readers.environment,
        max(coverage.as_of) as venue_now
    from {{ ref('int_coverage') }} as coverage
    inner join {{ ref('int_readers') }} as readers
        on coverage.reader_id = readers.reader_id
    group by readers.venue, readers.environment
),

first_openings as (
    select
        account_id,
        min(opening_taken_at) as opening_taken_at
    from {{ ref('int_intervals') }}
    where coalesce(is_own, true)
    group by account_id
),

sources as (
    select
        {{ account_id("owner_id", "venue", "environment", "account_ref") }} as account_id,
        min(history_start) as history_start
    from {{ source('registry', 'data_sources') }}
    group by owner_id, venue, environment, account_ref
),

wanted as (
    select
        accounts.owner_id,
        accounts.account_id,
        accounts.venue,
        streams.stream,
        streams.retention_days,
        scope,
        clocks.venue_now,
        clocks.venue_now - make_interval(days => streams.retention_days) as forgotten_before,
        least(
            first_openings.opening_taken_at,
            sources.history_start::timestamp at time zone 'UTC'
        ) as wanted_from
    from {{ ref('int_readers') }} as accounts
    inner join sources
        on accounts.account_id = sources.account_id
    inner join clocks
        on
            accounts.venue = clocks.venue
            and accounts.environment = clocks.environment
    inner join {{ source('coverage', 'streams') }} as streams
        on
            accounts.venue = streams.venue
            and coalesce(accounts.kind = streams.account_kind, true)
    inner join lateral unnest(
        case when cardinality(streams.scopes) > 0 then streams.scopes else array[''] end
    ) as scope on true
    left join first_openings
        on accounts.account_id = first_openings.account_id
    where streams.is_read and streams.retention_days is not null
),

unread as (
    select
        wanted.*,
        tstzmultirange(tstzrange(wanted.wanted_from, greatest(wanted.venue_now, wanted.wanted_from)))
        - coalesce(
            (
                select range_agg(coverage.proven) from {{ ref('int_coverage') }} as coverage
                where
                    coverage.reader_id = wanted.account_id
                    and coverage.stream = wanted.stream
                    and coverage.scope = wanted.scope
            ),
            '{}'
        ) as spans
    from wanted
    where wanted.wanted_from is not null
),

-- The scope of which the oldest part was never read speaks for its stream.
worst as (
    select distinct on (account_id, stream)
        *,
        lower(spans) as unread_from,
        coalesce(lower(spans), venue_now) + make_interval(days => retention_days) as forgotten_at
    from unread
    order by account_id asc, stream asc, lower(spans) asc nulls last, scope asc
)

select
    {{ digest(["account_id::text", "stream"]) }} as retention_id,
    owner_id,
    account_id,
    venue,
    stream,
    scope,
    retention_days,
    wanted_from,
    unread_from,
    forgotten_at,
    floor(extract(epoch from forgotten_at - venue_now) / 86400)::integer as days_left,
    case when unread_from < forgotten_before then unread_from end as lost_from,
    case when unread_from < forgotten_before then forgotten_before end as lost_to,
    case
        when unread_from < forgotten_before then 'lost'
        when forgotten_at < venue_now + interval '7 days' then 'at_risk'
        else 'safe'
    end as state
from worst
