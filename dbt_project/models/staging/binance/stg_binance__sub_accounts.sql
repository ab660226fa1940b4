with source as (
    {{ newest_versions(source('staging_binance', 'raw_sub_accounts')) }}
),

renamed as (
    select
        {{ provenance('binance', 'sub_accounts') }},
        raw_payload ->> 'subUserId' as sub_user_id,
        raw_payload ->> 'email' as email,
        nullif(raw_payload ->> 'remark', '') as remark,
        {{ to_instant("raw_payload ->> 'createTime'") }} as created_at
    from source
)

select
    *,
    {{ error_reason({
        "sub_user_id is null": "subUserId is missing",
        "email is null": "email is missing",
    }) }} as error_reason
from renamed
