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
        {{ to_number("coalesce(nullif(raw_payload ->> 'commission', ''), '0')") }} as maker_fee_amount,
        {{ to_number("coalesce(nullif(raw_payload ->> 'takerCommission', ''), '0')") }} as taker_fee_amount,
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
        "maker_fee_amount is null": "commission is no number",
        "taker_fee_amount is null": "takerCommission is no number",
    }) }} as error_reason
from renamed
