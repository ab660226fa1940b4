with source as (
    {{ newest_versions(source('staging_binance', 'raw_margin_transfers')) }}
),

renamed as (
    select
        {{ provenance('binance', 'margin_transfers') }},
        nullif(scope, '') as pair,
        raw_payload ->> 'txId' as tran_id,
        raw_payload ->> 'type' as direction,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'transFrom' as from_place,
        raw_payload ->> 'transTo' as to_place,
        raw_payload ->> 'fromSymbol' as from_symbol,
        raw_payload ->> 'toSymbol' as to_symbol,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as transferred_at
    from source
)

select
    *,
    {{ error_reason({
        "tran_id is null": "txId is missing",
        "asset is null": "asset is missing",
        "from_place is null or to_place is null": "transFrom or transTo is missing",
        "amount is null": "amount is no number",
        "transferred_at is null": "timestamp is no instant",
    }) }} as error_reason
from renamed
