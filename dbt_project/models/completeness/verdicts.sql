{{ config(indexes=[{'columns': ['day']}]) }}

with rollforward as (
    select
        rollforward.*,
        covered.day::date as day
    from {{ ref('position_rollforward') }} as rollforward
    inner join lateral generate_series(
        rollforward.first_day::timestamp, rollforward.last_day::timestamp, interval '1 day'
    ) as covered (day) on true
),

captured as (
    select distinct
        intervals.account_id,
        intervals.wallet,
        covered.day::date as day
    from {{ ref('int_intervals') }} as intervals
    inner join lateral generate_series(
        intervals.first_day::timestamp, intervals.last_day::timestamp, interval '1 day'
    ) as covered (day) on true
    where intervals.kind = 'live_capture' and intervals.closing_taken_at is not null
),

-- A snapshot that does not judge may span more days than its cell was there for. Where captures of our own
-- judge the wallet's day and have no row of the cell, it held nothing and did not move.
there as (
    select rollforward.*
    from rollforward
    left join captured
        on
            rollforward.account_id = captured.account_id
            and rollforward.wallet = captured.wallet
            and rollforward.day = captured.day
    where rollforward.judges or captured.day is null
),

-- The worst of the rows that judge. Where none does, the day is unproven whatever they say.
worst as (
    select distinct on (account_id, wallet, asset, component, day) *
    from there
    order by
        account_id asc,
        wallet asc,
        asset asc,
        component asc,
        day asc,
        judges desc,
        case verdict when 'broken' then 1 when 'unproven' then 2 else 3 end asc,
        kind asc
)

select
    owner_id,
    account_id,
    venue,
    wallet,
    asset,
    component,
    day,
    case when judges then verdict else 'unproven' end as verdict,
    case when judges or cardinality(reasons) > 0 then reasons else array['nothing_judges'] end as reasons,
    kind,
    opening_amount,
    movement_amount,
    expected_amount,
    observed_amount,
    difference
from worst
