with source as (
    {{ newest_versions(source('staging_binance', 'raw_pm_margin_repays')) }}
),

renamed as (
    select
        {{ provenance('binance', 'pm_margin_repays') }},
        raw_payload ->> 'txId' as tran_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as total_amount,
        {{ to_number("raw_payload ->> 'principal'") }} as principal_amount,
        {{ to_number("raw_payload ->> 'interest'") }} as interest_amount,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as done_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "total_amount is null": "amount is no number",
        "principal_amount is null": "principal is no number",
        "interest_amount is null": "interest is no number",
        "done_at is null": "timestamp is no instant",
    }) }} as error_reason
from renamed
