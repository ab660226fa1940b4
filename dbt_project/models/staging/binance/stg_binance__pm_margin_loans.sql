with source as (
    {{ newest_versions(source('staging_binance', 'raw_pm_margin_loans')) }}
),

renamed as (
    select
        {{ provenance('binance', 'pm_margin_loans') }},
        raw_payload ->> 'txId' as tran_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'principal'") }} as principal_amount,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as done_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "principal_amount is null": "principal is no number",
        "done_at is null": "timestamp is no instant",
    }) }} as error_reason
from renamed
