with source as (
    {{ newest_versions(source('staging_binance', 'raw_pm_interests')) }}
),

renamed as (
    select
        {{ provenance('binance', 'pm_interests') }},
        raw_payload ->> 'asset' as asset,
        {{ to_number("raw_payload ->> 'principal'") }} as principal_amount,
        {{ to_number("raw_payload ->> 'interest'") }} as interest_amount,
        {{ to_instant("raw_payload ->> 'interestAccuredTime'") }} as accrued_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "interest_amount is null": "interest is no number",
        "accrued_at is null": "interestAccuredTime is no instant",
    }) }} as error_reason
from renamed
