{{ config(indexes=[{'columns': ['account_id', 'wallet', 'asset', 'component', 'first_day']}]) }}

{% set movements = ['deposit', 'withdrawal', 'trade', 'transfer', 'fee', 'other', 'movement'] %}

with reasons as (
    select
        ends.interval_id,
        ends.asset,
        ends.component,
        array_agg(distinct given.reason order by given.reason) as reasons
    from {{ ref('int_cell_ends') }} as ends
    inner join lateral (
        select of_interval.reason
        from {{ ref('int_interval_reasons') }} as of_interval
        where
            of_interval.interval_id = ends.interval_id
            and coalesce(of_interval.cut_axis, ends.cut_axis) = ends.cut_axis
        union all
        select of_cell.reason
        from {{ ref('int_cell_reasons') }} as of_cell
        where
            of_cell.interval_id = ends.interval_id
            and of_cell.asset = ends.asset
            and of_cell.component = ends.component
    ) as given on true
    group by ends.interval_id, ends.asset, ends.component
),

summed as (
    select
        ends.*,
        {%- for movement in movements %}
            coalesce(movements.{{ movement }}_amount, 0) as {{ movement }}_amount,
        {%- endfor %}
        coalesce(movements.leg_count, 0) as leg_count,
        coalesce(movements.unknown_count, 0) as unknown_count,
        ends.opening_amount + coalesce(movements.movement_amount, 0) as expected_amount,
        coalesce(reasons.reasons, array[]::text[]) as reasons,
        -- A snapshot that is not there yet takes nothing from what the live captures prove.
        ends.kind = 'live_capture'
        or (
            ends.closing_taken_at is not null
            and doubts.interval_id is null
            and not coalesce(movements.is_ambiguous, false)
        ) as judges
    from {{ ref('int_cell_ends') }} as ends
    left join {{ ref('int_cell_movements') }} as movements
        on
            ends.interval_id = movements.interval_id
            and ends.asset = movements.asset
            and ends.component = movements.component
    left join reasons
        on
            ends.interval_id = reasons.interval_id
            and ends.asset = reasons.asset
            and ends.component = reasons.component
    left join {{ ref('int_snapshot_doubts') }} as doubts
        on
            ends.interval_id = doubts.interval_id
            and ends.asset = doubts.asset
)

select
    {{ digest(["interval_id", "asset", "component"]) }} as rollforward_id,
    owner_id,
    account_id,
    venue,
    wallet,
    asset,
    component,
    kind,
    first_day,
    last_day,
    opening_taken_at,
    closing_taken_at,
    cut_axis,
    opening_cut_value,
    closing_cut_value,
    opening_amount,
    {%- for movement in movements %}
        {{ movement }}_amount,
    {%- endfor %}
    leg_count::integer as leg_count,
    expected_amount,
    observed_amount,
    observed_amount - expected_amount as difference,
    judges,
    case
        when cardinality(reasons) > 0 or observed_amount is null or opening_amount is null then 'unproven'
        when observed_amount <> expected_amount then 'broken'
        else 'complete'
    end as verdict,
    reasons
from summed
where
    opening_amount is distinct from 0
    or (closing_taken_at is not null and observed_amount is distinct from 0)
    or leg_count > 0
    or unknown_count > 0
