select
    entities.id as entity_id,
    entities.portfolio_id,
    entities.kind,
    entities.name,
    portfolios.kind as portfolio_kind,
    portfolios.name as portfolio_name,
    entities.created_at,
    entities.updated_at
from {{ source('registry', 'entities') }} as entities
inner join {{ source('registry', 'portfolios') }} as portfolios
    on entities.portfolio_id = portfolios.id
where entities.deleted_at is null
