with source as (
    {{ newest_versions(source('staging_binance', 'raw_spot_trades')) }}
),

renamed as (
    select
        {{ provenance('binance', 'spot_trades') }},
        raw_payload ->> 'symbol' as symbol,
        raw_payload ->> 'id' as trade_id,
        raw_payload ->> 'orderId' as order_id,
        raw_payload ->> 'commissionAsset' as commission_asset,
        case raw_payload ->> 'isBuyer' when 'true' then true when 'false' then false end as is_buyer,
        {{ to_number("raw_payload ->> 'price'") }} as price,
        {{ to_number("raw_payload ->> 'qty'") }} as base_amount,
        {{ to_number("raw_payload ->> 'quoteQty'") }} as quote_amount,
        {{ to_number("raw_payload ->> 'commission'") }} as commission_amount,
        {{ to_instant("raw_payload ->> 'time'") }} as traded_at
    from source
)

select
    *,
    {{ error_reason({
        "symbol is null": "symbol is missing",
        "is_buyer is null": "isBuyer is no boolean",
        "base_amount is null": "qty is no number",
        "quote_amount is null": "quoteQty is no number",
        "commission_amount is null": "commission is no number",
        "commission_asset is null": "commissionAsset is missing",
        "traded_at is null": "time is no instant",
    }) }} as error_reason
from renamed
