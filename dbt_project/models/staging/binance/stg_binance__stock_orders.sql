with source as (
    {{ newest_versions(source('staging_binance', 'raw_stock_orders')) }}
),

renamed as (
    select
        {{ provenance('binance', 'stock_orders') }},
        raw_payload ->> 'symbol' as symbol,
        raw_payload ->> 'quote' as quote_asset,
        raw_payload ->> 'side' as side,
        raw_payload ->> 'status' as status_code,
        {{ to_number("coalesce(nullif(raw_payload ->> 'filledQty', ''), '0')") }} as filled_quantity,
        {{ to_number("raw_payload ->> 'avgFilledPrice'") }} as filled_price,
        {{ to_instant("raw_payload ->> 'createdAt'") }} as ordered_at
    from source
)

select
    *,
    {{ error_reason({
        "quote_asset is null": "quote is missing",
        "filled_quantity is null": "filledQty is no number",
        "ordered_at is null": "createdAt is no instant",
    }) }} as error_reason
from renamed
