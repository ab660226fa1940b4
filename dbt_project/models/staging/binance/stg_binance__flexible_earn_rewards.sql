with source as (
    {{ newest_versions(source('staging_binance', 'raw_flexible_earn_rewards')) }}
),

renamed as (
    select
        {{ provenance('binance', 'flexible_earn_rewards') }},
        raw_payload ->> 'projectId' as product_id,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'type' as reward_type,
        {{ to_number("raw_payload ->> 'rewards'") }} as amount,
        {{ to_instant("raw_payload ->> 'time'") }} as rewarded_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "amount is null": "rewards is no number",
        "rewarded_at is null": "time is no instant",
    }) }} as error_reason
from renamed
