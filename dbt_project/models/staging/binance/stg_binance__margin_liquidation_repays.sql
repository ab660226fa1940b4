with source as (
    {{ newest_versions(source('staging_binance', 'raw_margin_liquidation_repays')) }}
),

renamed as (
    select
        {{ provenance('binance', 'margin_liquidation_repays') }},
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as repaid_amount,
        {{ to_instant("raw_payload ->> 'createTime'") }} as created_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "repaid_amount is null": "amount is no number",
        "created_at is null": "createTime is no instant",
    }) }} as error_reason
from renamed
