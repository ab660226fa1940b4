select
    location_groups.id as location_group_id,
    location_groups.portfolio_id,
    location_groups.entity_id,
    location_groups.name,
    cost_pools.id as cost_pool_id,
    cost_pools.name as cost_pool_name,
    cost_pools.method as cost_method,
    charts.id as chart_of_accounts_id,
    charts.type as chart_type,
    charts.balance_code,
    charts.in_transit_code,
    charts.loan_code,
    charts.interest_code,
    location_groups.approved_at,
    location_groups.created_at,
    location_groups.updated_at
from {{ source('registry', 'location_groups') }} as location_groups
inner join {{ ref('entities') }} as entities
    on location_groups.entity_id = entities.entity_id
inner join {{ source('registry', 'cost_pools') }} as cost_pools
    on location_groups.cost_pool_id = cost_pools.id
inner join {{ source('registry', 'chart_of_accounts') }} as charts
    on location_groups.chart_of_accounts_id = charts.id
where location_groups.deleted_at is null
