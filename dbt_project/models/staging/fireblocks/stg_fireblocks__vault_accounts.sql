with source as (
    {{ newest_versions(source('staging_fireblocks', 'raw_vault_accounts')) }}
),

renamed as (
    select
        {{ provenance('fireblocks', 'vault_accounts') }},
        raw_payload ->> 'id' as vault_account_id,
        raw_payload ->> 'name' as vault_account_name,
        (raw_payload ->> 'hiddenOnUI') = 'true' as is_hidden
    from source
)

select
    *,
    {{ error_reason({"vault_account_id is null": "id is missing"}) }} as error_reason
from renamed
