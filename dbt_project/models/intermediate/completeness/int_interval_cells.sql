{{ config(materialized='table', indexes=[{'columns': ['interval_id']}]) }}

-- The cells that an interval may be about: what was seen at either end, what a leg touched in between, and at
-- Fireblocks also what was seen at any time before, because there absence is not zero.
with intervals as (
    select * from {{ ref('int_intervals') }}
),

positions as (
    select * from {{ ref('position_snapshots') }}
),

at_the_ends as (
    select
        intervals.interval_id,
        positions.asset,
        positions.component
    from intervals
    inner join positions
        on
            intervals.account_id = positions.account_id
            and intervals.wallet = positions.wallet
            and intervals.kind = positions.kind
            and positions.taken_at in (intervals.opening_taken_at, intervals.closing_taken_at)
),

in_between as (
    select
        intervals.interval_id,
        legs.asset,
        legs.component
    from {{ ref('transactions') }} as legs
    inner join intervals
        on
            legs.account_id = intervals.account_id
            and legs.wallet = intervals.wallet
            and legs.occurred_at >= intervals.opening_taken_at
            and legs.occurred_at < coalesce(intervals.closing_taken_at, 'infinity')
    where
        (legs.status = 'completed' or legs.type = 'unknown')
        and (legs.component <> 'in_transit' or intervals.kind = 'live_capture')
),

first_seen as (
    select
        account_id,
        wallet,
        kind,
        asset,
        component,
        min(taken_at) as taken_at
    from positions
    where venue = 'fireblocks'
    group by account_id, wallet, kind, asset, component
),

before as (
    select
        intervals.interval_id,
        first_seen.asset,
        first_seen.component
    from intervals
    inner join first_seen
        on
            intervals.account_id = first_seen.account_id
            and intervals.wallet = first_seen.wallet
            and intervals.kind = first_seen.kind
            and intervals.opening_taken_at > first_seen.taken_at
)

select * from at_the_ends
union
select * from in_between
union
select * from before
