with source as (
    {{ newest_versions(source('staging_binance', 'raw_c2c_orders')) }}
),

renamed as (
    select
        {{ provenance('binance', 'c2c_orders') }},
        raw_payload ->> 'tradeType' as side,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'orderStatus' as status_code,
        raw_payload ->> 'advertisementRole' as role,
        raw_payload ->> 'counterPartNickName' as counterparty,
        {{ to_number("raw_payload ->> 'amount'") }} as traded_amount,
        {{ to_number("raw_payload ->> 'commission'") }} as maker_fee_amount,
        {{ to_number("raw_payload ->> 'takerCommission'") }} as taker_fee_amount,
        {{ to_number("raw_payload ->> 'unitPrice'") }} as price,
        {{ to_instant("raw_payload ->> 'createTime'") }} as created_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "traded_amount is null": "amount is no number",
        "created_at is null": "createTime is no instant",
    }) }} as error_reason
from renamed
