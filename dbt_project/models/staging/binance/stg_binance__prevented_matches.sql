with source as (
    {{ newest_versions(source('staging_binance', 'raw_prevented_matches')) }}
),

renamed as (
    select
        {{ provenance('binance', 'prevented_matches') }},
        raw_payload ->> 'symbol' as symbol,
        raw_payload ->> 'takerOrderId' as taker_order_id,
        raw_payload ->> 'makerOrderId' as maker_order_id,
        raw_payload ->> 'selfTradePreventionMode' as prevention_mode,
        {{ to_number("raw_payload ->> 'price'") }} as price,
        {{ to_number("raw_payload ->> 'takerPreventedQuantity'") }} as taker_quantity,
        {{ to_number("raw_payload ->> 'makerPreventedQuantity'") }} as maker_quantity,
        {{ to_instant("raw_payload ->> 'transactTime'") }} as prevented_at
    from source
)

select
    *,
    {{ error_reason({
        "symbol is null": "symbol is missing",
        "prevention_mode is null": "selfTradePreventionMode is missing",
        "price is null": "price is no number",
        "taker_quantity is null and maker_quantity is null": "neither side tells a quantity",
        "prevented_at is null": "transactTime is no instant",
    }) }} as error_reason
from renamed
