-- depends_on: {{ ref('transactions') }}

-- After the legs: every data source that they name is registered by then.
select
    id as data_source_id,
    owner_id,
    venue,
    environment,
    name,
    account_ref,
    account_kind,
    history_start,
    created_at,
    disabled_at
from {{ source('registry', 'data_sources') }}
