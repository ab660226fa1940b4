with source as (
    {{ newest_versions(source('staging_fireblocks', 'raw_vault_accounts')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'id' as vault_account_id,
        raw_payload ->> 'name' as vault_account_name,
        (raw_payload ->> 'hiddenOnUI') = 'true' as is_hidden
    from source
)

select * from renamed
