with source as (
    {{ newest_versions(source('staging_binance', 'raw_rebates')) }}
),

renamed as (
    select
        {{ provenance('binance', 'rebates') }},
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'type' as rebate_type,
        {{ to_number("raw_payload ->> 'amount'") }} as rebate_amount,
        {{ to_instant("raw_payload ->> 'updateTime'") }} as paid_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "rebate_amount is null": "amount is no number",
        "paid_at is null": "updateTime is no instant",
    }) }} as error_reason
from renamed
