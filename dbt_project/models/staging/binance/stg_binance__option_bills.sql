with source as (
    {{ newest_versions(source('staging_binance', 'raw_option_bills')) }}
),

renamed as (
    select
        {{ provenance('binance', 'option_bills') }},
        raw_payload ->> 'id' as bill_id,
        raw_payload ->> 'type' as bill_type,
        raw_payload ->> 'asset' as asset,
        nullif(raw_payload ->> 'symbol', '') as symbol,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_instant("raw_payload ->> 'createDate'") }} as happened_at
    from source
)

select
    *,
    {{ error_reason({
        "bill_id is null": "id is missing",
        "bill_type is null": "type is missing",
        "asset is null": "asset is missing",
        "amount is null": "amount is no number",
        "happened_at is null": "createDate is no instant",
    }) }} as error_reason
from renamed
