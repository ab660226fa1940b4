with source as (
    {{ newest_versions(source('staging_binance', 'raw_dust_conversions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'dust_conversions') }},
        {{ to_list("raw_payload -> 'userAssetDribbletDetails'") }} as details,
        {{ to_instant("raw_payload ->> 'operateTime'") }} as converted_at
    from source
)

select
    *,
    {{ error_reason({
        "details is null": "userAssetDribbletDetails is no list",
        "converted_at is null": "operateTime is no instant",
    }) }} as error_reason
from renamed
