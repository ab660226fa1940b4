with source as (
    {{ newest_versions(source('staging_binance', 'raw_dual_investments')) }}
),

renamed as (
    select
        {{ provenance('binance', 'dual_investments') }},
        raw_payload ->> 'investCoin' as invested_asset,
        raw_payload ->> 'exercisedCoin' as exercised_asset,
        {{ to_number("raw_payload ->> 'subscriptionAmount'") }} as invested_amount,
        {{ to_number("raw_payload ->> 'strikePrice'") }} as strike_price,
        raw_payload ->> 'purchaseStatus' as status_code,
        {{ to_instant("raw_payload ->> 'subscriptionTime'") }} as subscribed_at,
        {{ to_instant("raw_payload ->> 'settleDate'") }} as settles_at
    from source
)

select
    *,
    {{ error_reason({
        "invested_asset is null": "investCoin is missing",
        "exercised_asset is null": "exercisedCoin is missing",
        "invested_amount is null": "subscriptionAmount is no number",
        "subscribed_at is null": "subscriptionTime is no instant",
        "settles_at is null": "settleDate is no instant",
    }) }} as error_reason
from renamed
