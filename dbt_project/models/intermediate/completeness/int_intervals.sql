{{ config(materialized='table', indexes=[{'columns': ['account_id', 'wallet', 'opening_taken_at']}]) }}

with captures as (
    select
        captures.*,
        readers.environment,
        readers.reader_id,
        min(captures.taken_at) over (partition by captures.account_id, captures.wallet, captures.kind)
            as first_taken_at
    from {{ ref('captures') }} as captures
    inner join {{ ref('int_readers') }} as readers
        on captures.account_id = readers.account_id
    where captures.is_closing
),

workspaces as (
    select
        reader_id,
        as_of_date,
        min(taken_at) as taken_at,
        max(reading_ended_at) as reading_ended_at
    from captures
    where venue = 'fireblocks'
    group by reader_id, as_of_date
),

-- A vault account that came to be after its workspace was first captured begins at the last one without it.
before_the_first as (
    select distinct on (captures.account_id)
        captures.account_id,
        workspaces.taken_at,
        workspaces.reading_ended_at,
        workspaces.as_of_date
    from captures
    inner join workspaces
        on
            captures.reader_id = workspaces.reader_id
            and captures.first_taken_at > workspaces.taken_at
    where captures.venue = 'fireblocks' and captures.taken_at = captures.first_taken_at
    order by captures.account_id asc, workspaces.taken_at desc
),

ends as (
    select
        owner_id,
        account_id,
        venue,
        environment,
        reader_id,
        wallet,
        kind,
        taken_at,
        reading_ended_at,
        as_of_date,
        is_own
    from captures
    union all
    select
        captures.owner_id,
        captures.account_id,
        captures.venue,
        captures.environment,
        captures.reader_id,
        captures.wallet,
        captures.kind,
        before_the_first.taken_at,
        before_the_first.reading_ended_at,
        before_the_first.as_of_date,
        captures.is_own
    from captures
    inner join before_the_first
        on
            captures.account_id = before_the_first.account_id
            and captures.taken_at = captures.first_taken_at
),

attempted as (
    select
        reader_id,
        max(day) as last_day
    from {{ ref('int_attempts') }}
    group by reader_id
),

chained as (
    select
        ends.*,
        lead(ends.taken_at) over chain as closing_taken_at,
        lead(ends.reading_ended_at) over chain as closing_ended_at,
        ends.is_own and lead(ends.is_own, 1, true) over chain as are_ends_own,
        coalesce(lead(ends.as_of_date) over chain, attempted.last_day) as last_day
    from ends
    left join attempted
        on ends.reader_id = attempted.reader_id
    window chain as (partition by ends.account_id, ends.wallet, ends.kind order by ends.taken_at)
)

select
    {{ digest(["account_id::text", "wallet", "kind", epoch_ms("taken_at") ~ "::text"]) }} as interval_id,
    owner_id,
    account_id,
    venue,
    environment,
    reader_id,
    wallet,
    kind,
    taken_at as opening_taken_at,
    reading_ended_at as opening_ended_at,
    closing_taken_at,
    closing_ended_at,
    are_ends_own as is_own,
    as_of_date + 1 as first_day,
    last_day
from chained
where last_day > as_of_date
