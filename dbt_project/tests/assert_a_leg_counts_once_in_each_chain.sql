{{ config(meta={'dagster': {'ref': {'name': 'position_rollforward'}}}) }}
-- depends_on: {{ ref('wallet_days') }}

-- Intervals of a chain tile: no leg lies in two of them.
select
    legs.transaction_id,
    intervals.kind,
    count(*) as times_counted
from {{ ref('int_cell_legs') }} as legs
inner join {{ ref('int_intervals') }} as intervals
    on legs.interval_id = intervals.interval_id
where legs.is_counted
group by legs.transaction_id, intervals.kind
having count(*) > 1
