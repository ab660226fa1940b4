{{ config(materialized='table') }}

-- The legs that may count in a cell's interval, and how they stand to its ends. Time: [opening, closing).
-- Height: (opening, closing]. A leg is doubtful where its instant cannot be told from a reading.
with ends as not materialized (
    select
        *,
        coalesce(closing_ended_at, 'infinity') as latest_inside_at
    from {{ ref('int_cell_ends') }}
),

legs as not materialized (
    select
        *,
        coalesce(bracket_start, occurred_at) as earliest_at,
        coalesce(bracket_end, occurred_at) as latest_at,
        cut_axis = 'time' and bracket_end is null as is_exact
    from {{ ref('transactions') }}
    where status = 'completed' or type = 'unknown'
),

-- Two joins, because the index finds the exact ones, which are by far the most (if it can see the table). Of
-- the others only those are kept that may lie in the interval on some axis.
pairs as (
    {%- for condition in [
        'legs.is_exact and legs.occurred_at between ends.opening_taken_at and ends.latest_inside_at',
        'not legs.is_exact and (
            (legs.earliest_at <= ends.latest_inside_at and legs.latest_at >= ends.opening_taken_at)
            or (
                legs.occurred_at >= ends.opening_taken_at
                and (ends.closing_taken_at is null or legs.occurred_at < ends.closing_taken_at)
            )
            or (
                legs.cut_value > ends.opening_cut_value
                and (ends.closing_taken_at is null or legs.cut_value <= ends.closing_cut_value)
            )
        )',
    ] %}
        select
            ends.interval_id,
            ends.asset,
            ends.component,
            ends.kind,
            ends.cut_axis,
            ends.opening_taken_at,
            ends.opening_ended_at,
            ends.opening_cut_value,
            ends.closing_taken_at,
            ends.closing_ended_at,
            ends.closing_cut_value,
            ends.latest_inside_at,
            legs.transaction_id,
            legs.amount,
            legs.type,
            legs.occurred_at,
            legs.earliest_at,
            legs.latest_at,
            legs.cut_axis as leg_axis,
            legs.cut_value as leg_cut_value
        from ends
        inner join legs
            on
                ends.account_id = legs.account_id
                and ends.wallet = legs.wallet
                and ends.asset = legs.asset
                and ends.component = legs.component
        where {{ condition }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

placed as (
    select
        *,
        case cut_axis
            when 'height'
                then
                    leg_axis = 'height'
                    and leg_cut_value > opening_cut_value
                    and (closing_taken_at is null or leg_cut_value <= closing_cut_value)
            else
                leg_axis = 'time'
                and occurred_at >= opening_taken_at
                and (closing_taken_at is null or occurred_at < closing_taken_at)
        end as is_inside,
        earliest_at <= latest_inside_at and latest_at >= opening_taken_at as may_be_inside,
        case kind
            when 'venue_snapshot'
                then
                    (earliest_at < opening_taken_at and latest_at >= opening_taken_at)
                    or (earliest_at < closing_taken_at and latest_at >= closing_taken_at)
            else
                (earliest_at <= opening_ended_at and latest_at >= opening_taken_at)
                or (earliest_at <= closing_ended_at and latest_at >= closing_taken_at)
        end as is_at_an_end
    from pairs
)

select
    interval_id,
    asset,
    component,
    transaction_id,
    amount,
    type,
    coalesce(is_inside, false) and type <> 'unknown' as is_counted,
    type = 'unknown' and (coalesce(is_inside, false) or may_be_inside) as is_unknown,
    type <> 'unknown' and cut_axis = 'time' and coalesce(is_at_an_end, false) as is_ambiguous,
    type <> 'unknown' and cut_axis = 'height' and leg_axis = 'time' and may_be_inside as is_without_block,
    type <> 'unknown' and cut_axis = 'time' and leg_axis = 'height' and may_be_inside as is_on_other_axis
from placed
where is_inside or may_be_inside
