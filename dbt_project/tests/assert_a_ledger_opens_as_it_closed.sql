{{ config(meta={'dagster': {'ref': {'name': 'location_group_ledger'}}}) }}

-- No day of a ledger begins with another balance than the day before ended with.
-- A day without a row held nothing.
select *
from (
    select
        location_group_id,
        venue,
        asset,
        component,
        day,
        opening_amount,
        lag(day) over running as day_before,
        lag(closing_amount) over running as closed_with
    from {{ ref('location_group_ledger') }}
    window running as (partition by location_group_id, venue, asset, component order by day)
) as days
where
    case
        when day_before is null or day_before < day - 1 then opening_amount <> 0
        else opening_amount <> closed_with
    end
    or (day_before < day - 1 and closed_with <> 0)
