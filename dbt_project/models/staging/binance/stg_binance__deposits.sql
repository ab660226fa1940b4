with source as (
    {{ newest_versions(source('staging_binance', 'raw_deposits')) }}
),

renamed as (
    select
        {{ provenance('binance', 'deposits') }},
        raw_payload ->> 'coin' as asset,
        raw_payload ->> 'network' as network,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'walletType' as wallet_type,
        raw_payload ->> 'address' as address,
        raw_payload ->> 'txId' as tx_hash,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_instant("raw_payload ->> 'insertTime'") }} as inserted_at,
        {{ to_instant("raw_payload ->> 'completeTime'") }} as completed_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "coin is missing",
        "amount is null": "amount is no number",
        "inserted_at is null": "insertTime is no instant",
    }) }} as error_reason
from renamed
