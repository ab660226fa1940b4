with source as (
    {{ newest_versions(source('staging_binance', 'raw_margin_small_liability_exchanges')) }}
),

renamed as (
    select
        {{ provenance('binance', 'margin_small_liability_exchanges') }},
        raw_payload ->> 'bizType' as exchange_type,
        raw_payload ->> 'asset' as from_asset,
        raw_payload ->> 'targetAsset' as to_asset,
        {{ to_number("raw_payload ->> 'amount'") }} as from_amount,
        {{ to_number("raw_payload ->> 'targetAmount'") }} as to_amount,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as exchanged_at
    from source
)

select
    *,
    {{ error_reason({
        "from_asset is null": "asset is missing",
        "to_asset is null": "targetAsset is missing",
        "from_amount is null": "amount is no number",
        "to_amount is null": "targetAmount is no number",
        "exchanged_at is null": "timestamp is no instant",
    }) }} as error_reason
from renamed
