with source as (
    {{ newest_versions(source('staging_binance', 'raw_managed_sub_accounts')) }}
),

renamed as (
    select
        {{ provenance('binance', 'managed_sub_accounts') }},
        raw_payload ->> 'managersubUserId' as sub_user_id,
        raw_payload ->> 'email' as email,
        {{ to_instant("raw_payload ->> 'insertTimeStamp'") }} as bound_at
    from source
)

select
    *,
    {{ error_reason({
        "sub_user_id is null": "managersubUserId is missing",
        "email is null": "email is missing",
    }) }} as error_reason
from renamed
