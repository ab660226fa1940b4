with source as (
    {{ newest_versions(source('staging_binance', 'raw_conversions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'conversions') }},
        raw_payload ->> 'orderStatus' as status_code,
        raw_payload ->> 'fromAsset' as from_asset,
        raw_payload ->> 'toAsset' as to_asset,
        {{ to_number("raw_payload ->> 'fromAmount'") }} as from_amount,
        {{ to_number("raw_payload ->> 'toAmount'") }} as to_amount,
        {{ to_number("raw_payload ->> 'ratio'") }} as price,
        {{ to_instant("raw_payload ->> 'createTime'") }} as created_at
    from source
)

select
    *,
    {{ error_reason({
        "from_asset is null": "fromAsset is missing",
        "to_asset is null": "toAsset is missing",
        "from_amount is null": "fromAmount is no number",
        "to_amount is null": "toAmount is no number",
        "created_at is null": "createTime is no instant",
    }) }} as error_reason
from renamed
