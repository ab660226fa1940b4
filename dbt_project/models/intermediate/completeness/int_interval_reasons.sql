{{ config(materialized='table', indexes=[{'columns': ['interval_id']}]) }}

-- Why the positions of a whole wallet cannot be proven over an interval, whatever the asset.
with scopes as (
    select
        interval_id,
        requirement,
        stream,
        cut_axis,
        count(*) filter (where not is_covered) as missing_count,
        array_agg(scope order by scope) filter (where not is_covered) as missing
    from {{ ref('int_required_coverage') }}
    group by interval_id, requirement, stream, cut_axis
),

-- Of a group of alternatives the one that comes nearest is the one to complain about.
nearest as (
    select distinct on (interval_id, requirement, cut_axis) *
    from scopes
    order by interval_id, requirement, cut_axis, missing_count, stream
),

-- Symbols left for the weekly sweep: until it has run, only the residual says that they have no records.
awaiting_sweep as (
    select
        intervals.interval_id,
        jsonb_array_elements_text(attempts.awaiting_sweep) as stream
    from {{ ref('int_intervals') }} as intervals
    inner join {{ ref('int_attempts') }} as attempts
        on intervals.reader_id = attempts.reader_id and intervals.last_day = attempts.day
),

not_covered as (
    select
        nearest.interval_id,
        nearest.cut_axis,
        case
            when awaiting_sweep.stream is not null then 'trades_by_residual'
            when nearest.missing_count > 5
                then
                    'stream_not_covered: ' || nearest.stream || '/' || nearest.missing[1] || ' and '
                    || (nearest.missing_count - 1) || ' more'
            else 'stream_not_covered: ' || concat_ws('/', nearest.stream, nullif(missing.scope, ''))
        end as reason
    from nearest
    cross join lateral unnest(nearest.missing) as missing (scope)
    left join awaiting_sweep
        on nearest.interval_id = awaiting_sweep.interval_id and nearest.stream = awaiting_sweep.stream
    where nearest.missing_count > 0
),

-- Of a rule that int_required_scopes does not know, nobody knows what had to be read.
not_read as (
    select
        required.interval_id,
        null as cut_axis,
        case when required.is_read then 'stream_not_covered: ' else 'stream_not_read: ' end
        || required.stream as reason
    from {{ ref('int_required_streams') }} as required
    left join nearest
        on
            required.interval_id = nearest.interval_id
            and required.requirement = nearest.requirement
            and nearest.missing_count = 0
    where
        nearest.interval_id is null
        and (
            not required.is_read
            or required.scope_rule not in {{ known_scope_rules() }}
        )
),

-- Without the register nobody knows what could have moved the wallet.
not_registered as (
    select
        intervals.interval_id,
        null as cut_axis,
        'stream_not_read: none is registered for this wallet' as reason
    from {{ ref('int_intervals') }} as intervals
    left join {{ ref('int_required_streams') }} as required
        on intervals.interval_id = required.interval_id
    where
        intervals.closing_taken_at is not null
        and required.interval_id is null
        and coalesce(intervals.is_own, true)
),

-- A master's key shows what its sub-account has, and not what moved it.
without_key as (
    select
        interval_id,
        null as cut_axis,
        'sub_account_without_key' as reason
    from {{ ref('int_intervals') }}
    where not is_own
),

closing_missing as (
    select
        interval_id,
        null as cut_axis,
        'closing_missing' || coalesce(': ' || reason, '') as reason
    from {{ ref('int_missing_closings') }}
),

unmapped as (
    select
        interval_id,
        null as cut_axis,
        reason
    from {{ ref('int_interval_unmapped_records') }}
    where asset is null
),

-- A record of Fireblocks that was still open, or not settled, when it was last read.
not_reread as (
    select
        intervals.interval_id,
        null as cut_axis,
        records.reason
    from {{ ref('int_intervals') }} as intervals
    inner join {{ ref('int_fireblocks__changing_records') }} as records
        on intervals.reader_id = records.reader_id
    where
        records.from_at < intervals.closing_taken_at
        and coalesce(records.until_at >= intervals.opening_taken_at, true)
        and records.unread_after < intervals.closing_taken_at
),

reasons as (
    {%- for part in [
        'not_covered', 'not_read', 'not_registered', 'without_key', 'closing_missing', 'unmapped', 'not_reread'
    ] %}
        select * from {{ part }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select distinct * from reasons
