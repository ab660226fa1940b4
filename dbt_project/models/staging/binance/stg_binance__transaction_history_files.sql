with source as (
    {{ newest_versions(source('staging_binance', 'raw_transaction_history_files')) }}
),

renamed as (
    select
        {{ provenance('binance', 'transaction_history_files') }},
        raw_payload ->> 'account' as account_name,
        raw_payload ->> 'operation' as operation,
        raw_payload ->> 'coin' as asset,
        nullif(raw_payload ->> 'remark', '') as remark,
        {{ to_number("raw_payload ->> 'change'") }} as amount,
        {{ to_instant("raw_payload ->> 'at'") }} as happened_at
    from source
)

select
    *,
    {{ error_reason({
        "account_name is null": "account is missing",
        "asset is null": "coin is missing",
        "amount is null": "change is no number",
        "happened_at is null": "at is no instant",
    }) }} as error_reason
from renamed
