-- What kind of order it is, tells the question: its scope is the number of the kind.
with source as (
    {{ newest_versions(source('staging_binance', 'raw_nft_transactions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'nft_transactions') }},
        scope as order_type,
        raw_payload ->> 'tradeCurrency' as asset,
        {{ to_number("raw_payload ->> 'tradeAmount'") }} as traded_amount,
        {{ to_instant("raw_payload ->> 'tradeTime'") }} as traded_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "tradeCurrency is missing",
        "traded_amount is null": "tradeAmount is no number",
        "traded_at is null": "tradeTime is no instant",
    }) }} as error_reason
from renamed
