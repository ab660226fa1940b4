with source as (
    {{ newest_versions(source('staging_binance', 'raw_onchain_yield_subscriptions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'onchain_yield_subscriptions') }},
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'sourceAccount' as source_account,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as subscribed_amount,
        {{ to_number("raw_payload ->> 'amtFromSpot'") }} as amount_from_spot,
        {{ to_number("raw_payload ->> 'amtFromFunding'") }} as amount_from_funding,
        {{ to_instant("raw_payload ->> 'time'") }} as subscribed_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "subscribed_amount is null": "amount is no number",
        "subscribed_at is null": "time is no instant",
        "source_account = 'SPOTANDFUNDING' and amount_from_spot is null": "amtFromSpot is no number",
        "source_account = 'SPOTANDFUNDING' and amount_from_funding is null": "amtFromFunding is no number",
    }) }} as error_reason
from renamed
