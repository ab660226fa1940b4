with source as (
    {{ newest_versions(source('staging_binance', 'raw_spot_orders')) }}
),

renamed as (
    select
        {{ provenance('binance', 'spot_orders') }},
        raw_payload ->> 'symbol' as symbol,
        raw_payload ->> 'orderId' as order_id,
        raw_payload ->> 'side' as side,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'selfTradePreventionMode' as prevention_mode,
        case
            when raw_payload ->> 'preventedQuantity' is null then 0
            else {{ to_number("raw_payload ->> 'preventedQuantity'") }}
        end as prevented_quantity,
        {{ to_instant("raw_payload ->> 'time'") }} as ordered_at
    from source
)

select
    *,
    {{ error_reason({
        "symbol is null": "symbol is missing",
        "order_id is null": "orderId is missing",
        "prevention_mode is null": "selfTradePreventionMode is missing",
        "prevented_quantity is null": "preventedQuantity is no number",
        "ordered_at is null": "time is no instant",
    }) }} as error_reason
from renamed
