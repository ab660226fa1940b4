with source as (
    {{ newest_versions(source('staging_binance', 'raw_sub_accounts')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'subUserId' as sub_user_id,
        raw_payload ->> 'email' as email,
        raw_payload ->> 'remark' as remark,
        {{ to_instant("raw_payload ->> 'createTime'") }} as created_at
    from source
)

select * from renamed
