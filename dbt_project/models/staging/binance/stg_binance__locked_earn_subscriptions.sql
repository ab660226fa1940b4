with source as (
    {{ newest_versions(source('staging_binance', 'raw_locked_earn_subscriptions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'locked_earn_subscriptions') }},
        raw_payload ->> 'projectId' as product_id,
        raw_payload ->> 'positionId' as position_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'sourceAccount' as source_account,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_number("raw_payload ->> 'amtFromSpot'") }} as spot_amount,
        {{ to_number("raw_payload ->> 'amtFromFunding'") }} as funding_amount,
        {{ to_instant("raw_payload ->> 'time'") }} as subscribed_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "amount is null": "amount is no number",
        "subscribed_at is null": "time is no instant",
    }) }} as error_reason
from renamed
