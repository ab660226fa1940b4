with source as (
    {{ newest_versions(source('staging_binance', 'raw_flexible_earn_redemptions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'flexible_earn_redemptions') }},
        raw_payload ->> 'projectId' as product_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'destAccount' as destination,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_instant("raw_payload ->> 'time'") }} as requested_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "amount is null": "amount is no number",
        "requested_at is null": "time is no instant",
    }) }} as error_reason
from renamed
