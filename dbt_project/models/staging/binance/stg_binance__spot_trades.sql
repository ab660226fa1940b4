with source as (
    {{ newest_versions(source('staging_binance', 'raw_spot_trades')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'symbol' as symbol,
        raw_payload ->> 'id' as trade_id,
        raw_payload ->> 'orderId' as order_id,
        (raw_payload ->> 'isBuyer') = 'true' as is_buyer,
        {{ to_number("raw_payload ->> 'price'") }} as price,
        {{ to_number("raw_payload ->> 'qty'") }} as base_amount,
        {{ to_number("raw_payload ->> 'quoteQty'") }} as quote_amount,
        {{ to_number("raw_payload ->> 'commission'") }} as commission_amount,
        raw_payload ->> 'commissionAsset' as commission_asset,
        {{ to_instant("raw_payload ->> 'time'") }} as traded_at,
        nullif(concat_ws(
            '; ',
            {{ not_numbers(['price', 'qty', 'quoteQty', 'commission']) }},
            case when {{ to_instant("raw_payload ->> 'time'") }} is null then 'time is no instant' end,
            case
                when coalesce(raw_payload ->> 'isBuyer', '') not in ('true', 'false')
                    then 'isBuyer is no boolean'
            end
        ), '') as error_reason
    from source
)

select * from renamed
