with source as (
    {{ newest_versions(source('staging_binance', 'raw_dividends')) }}
),

renamed as (
    select
        {{ provenance('binance', 'dividends') }},
        raw_payload ->> 'tranId' as tran_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'enInfo' as info,
        raw_payload ->> 'direction' as direction,
        {{ to_number("raw_payload ->> 'amount'") }} as paid_amount,
        {{ to_instant("raw_payload ->> 'divTime'") }} as paid_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "paid_amount is null": "amount is no number",
        "paid_at is null": "divTime is no instant",
    }) }} as error_reason
from renamed
