with source as (
    {{ newest_versions(source('staging_binance', 'raw_locked_earn_redemptions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'locked_earn_redemptions') }},
        raw_payload ->> 'positionId' as position_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'type' as redemption_type,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_number("coalesce(nullif(raw_payload ->> 'lossAmount', ''), '0')") }} as loss_amount,
        {{ to_instant("raw_payload ->> 'time'") }} as redeemed_at,
        {{ to_instant("raw_payload ->> 'deliverDate'") }} as delivered_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "amount is null": "amount is no number",
        "loss_amount is null": "lossAmount is no number",
        "redeemed_at is null": "time is no instant",
        "delivered_at is null": "deliverDate is no instant",
    }) }} as error_reason
from renamed
