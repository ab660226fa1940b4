with source as (
    {{ newest_versions(source('staging_binance', 'raw_stock_conversions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'stock_conversions') }},
        raw_payload ->> 'convertType' as conversion_type,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'underlyingAsset' as underlying_asset,
        raw_payload ->> 'tokenizedAsset' as tokenized_asset,
        {{ to_instant("raw_payload ->> 'createdAt'") }} as asked_at
    from source
)

select
    *,
    {{ error_reason({
        "underlying_asset is null": "underlyingAsset is missing",
        "tokenized_asset is null": "tokenizedAsset is missing",
        "asked_at is null": "createdAt is no instant",
    }) }} as error_reason
from renamed
