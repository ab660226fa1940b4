with seen as (
    select
        venue,
        asset
    from {{ ref('transactions') }}
    union
    select
        venue,
        asset
    from {{ ref('position_snapshots') }}
)

select
    venue,
    asset,
    null::text as unified_symbol
from seen
