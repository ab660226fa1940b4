with source as (
    {{ newest_versions(source('staging_binance', 'raw_pm_negative_balance_exchanges')) }}
),

renamed as (
    select
        {{ provenance('binance', 'pm_negative_balance_exchanges') }},
        {{ to_list("raw_payload -> 'details'") }} as details,
        {{ to_instant("raw_payload ->> 'startTime'") }} as begun_at,
        {{ to_instant("raw_payload ->> 'endTime'") }} as ended_at
    from source
)

select
    *,
    {{ error_reason({
        "details is null": "details is no list",
        "begun_at is null": "startTime is no instant",
        "ended_at is null": "endTime is no instant",
    }) }} as error_reason
from renamed
