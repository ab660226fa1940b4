-- The asset is glued to each amount, and an asset may begin with a digit: no number is read out of them.
with source as (
    {{ newest_versions(source('staging_binance', 'raw_spot_trade_files')) }}
),

renamed as (
    select
        {{ provenance('binance', 'spot_trade_files') }},
        raw_payload ->> 'pair' as symbol,
        raw_payload ->> 'side' as side,
        raw_payload ->> 'price' as price,
        raw_payload ->> 'executed' as base_amount,
        raw_payload ->> 'amount' as quote_amount,
        raw_payload ->> 'fee' as commission_amount,
        {{ to_instant("raw_payload ->> 'at'") }} as happened_at
    from source
)

select
    *,
    {{ error_reason({
        "symbol is null": "pair is missing",
        "happened_at is null": "at is no instant",
    }) }} as error_reason
from renamed
