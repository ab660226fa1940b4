with source as (
    {{ newest_versions(source('staging_binance', 'raw_custody_transfers')) }}
),

renamed as (
    select
        {{ provenance('binance', 'custody_transfers') }},
        scope as email,
        raw_payload ->> 'transferType' as transfer_type,
        raw_payload ->> 'asset' as asset,
        {{ to_number("raw_payload ->> 'amount'") }} as moved_amount,
        {{ to_instant("raw_payload ->> 'time'") }} as moved_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "moved_amount is null": "amount is no number",
        "moved_at is null": "time is no instant",
    }) }} as error_reason
from renamed
