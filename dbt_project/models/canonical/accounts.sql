-- depends_on: {{ ref('transactions') }}

-- After the legs and the location groups: whatever they name is known by then.
with registered as (
    select
        owner_id,
        venue,
        environment,
        account_ref as external_id,
        name,
        account_kind as kind,
        null as parent_ref,
        1 as preference,
        created_at as known_since,
        null as outside_reason
    from {{ source('registry', 'data_sources') }}
    where account_kind <> 'workspace'
),

listed_subs as (
    select
        owner_id,
        'binance' as venue,
        environment,
        sub_user_id as external_id,
        coalesce(remark, email) as name,
        'sub_account' as kind,
        account_ref as parent_ref,
        2 as preference,
        recorded_at as known_since,
        null as outside_reason
    from {{ ref('stg_binance__sub_accounts') }}
    where error_reason is null
),

of_workspaces as (
    select
        owner_id,
        'fireblocks' as venue,
        environment,
        external_id,
        name,
        kind,
        null as parent_ref,
        preference,
        known_since,
        outside_reason
    from {{ ref('int_fireblocks__accounts') }}
),

-- An account that no list shows any more may still have been captured.
captured as (
    select distinct
        owner_id,
        venue,
        environment,
        account_ref as external_id,
        null as name,
        case venue when 'fireblocks' then 'vault_account' end as kind,
        null as parent_ref,
        3 as preference,
        null::timestamptz as known_since,
        null as outside_reason
    from {{ ref('int_positions') }}
),

known as (
    select * from registered
    union all
    select * from listed_subs
    union all
    select * from of_workspaces
    union all
    select * from captured
),

merged as (
    select
        owner_id,
        venue,
        environment,
        external_id,
        (array_agg(name order by preference asc, known_since desc) filter (where name is not null))[1]
            as name,
        (array_agg(kind order by preference asc, known_since desc) filter (where kind is not null))[1]
            as kind,
        max(parent_ref) as parent_ref,
        max(outside_reason) as outside_reason
    from known
    group by owner_id, venue, environment, external_id
),

identified as (
    select
        *,
        {{ account_id("owner_id", "venue", "environment", "external_id") }} as account_id,
        case
            when parent_ref is not null
                then {{ account_id("owner_id", "venue", "environment", "parent_ref") }}
        end as parent_account_id
    from merged
),

mapped as (
    select
        mappings.account_id,
        mappings.location_group_id,
        location_groups.entity_id
    from {{ source('registry', 'account_mappings') }} as mappings
    inner join {{ ref('location_groups') }} as location_groups
        on mappings.location_group_id = location_groups.location_group_id
    where mappings.deleted_at is null
)

select
    identified.account_id,
    identified.owner_id,
    identified.venue,
    identified.environment,
    identified.external_id,
    identified.name,
    identified.kind,
    identified.parent_account_id,
    identified.outside_reason is null as is_in_proof,
    identified.outside_reason,
    mapped.entity_id,
    mapped.location_group_id
from identified
left join mapped
    on identified.account_id = mapped.account_id
