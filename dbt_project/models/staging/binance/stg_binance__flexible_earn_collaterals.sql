with source as (
    {{ newest_versions(source('staging_binance', 'raw_flexible_earn_collaterals')) }}
),

renamed as (
    select
        {{ provenance('binance', 'flexible_earn_collaterals') }},
        raw_payload ->> 'productId' as product_id,
        raw_payload ->> 'orderId' as order_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'type' as collateral_type,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_instant("raw_payload ->> 'createTime'") }} as pledged_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "amount is null": "amount is no number",
        "pledged_at is null": "createTime is no instant",
    }) }} as error_reason
from renamed
