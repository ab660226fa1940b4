with source as (
    {{ newest_versions(source('staging_binance', 'raw_pm_margin_interests')) }}
),

renamed as (
    select
        {{ provenance('binance', 'pm_margin_interests') }},
        raw_payload ->> 'txId' as tran_id,
        raw_payload ->> 'type' as interest_type,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'rawAsset' as owed_asset,
        {{ to_number("raw_payload ->> 'interest'") }} as interest_amount,
        {{ to_instant("raw_payload ->> 'interestAccuredTime'") }} as accrued_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "interest_type is null": "type is missing",
        "interest_amount is null": "interest is no number",
        "accrued_at is null": "interestAccuredTime is no instant",
    }) }} as error_reason
from renamed
