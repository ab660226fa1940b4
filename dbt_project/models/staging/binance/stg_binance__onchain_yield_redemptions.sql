with source as (
    {{ newest_versions(source('staging_binance', 'raw_onchain_yield_redemptions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'onchain_yield_redemptions') }},
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'type' as redemption_type,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as redeemed_amount,
        {{ to_instant("raw_payload ->> 'time'") }} as redeemed_at,
        {{ to_instant("raw_payload ->> 'deliverDate'") }} as delivered_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "redeemed_amount is null": "amount is no number",
        "redeemed_at is null": "time is no instant",
        "delivered_at is null and status_code = 'PAID'": "deliverDate is no instant",
    }) }} as error_reason
from renamed
