with source as (
    {{ newest_versions(source('staging_binance', 'raw_withdrawals')) }}
),

renamed as (
    select
        {{ provenance('binance', 'withdrawals') }},
        raw_payload ->> 'coin' as asset,
        raw_payload ->> 'network' as network,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'walletType' as wallet_type,
        raw_payload ->> 'address' as address,
        raw_payload ->> 'txId' as tx_hash,
        {{ to_number("raw_payload ->> 'amount'") }} as net_amount,
        {{ to_number("raw_payload ->> 'transactionFee'") }} as fee_amount,
        {{ to_utc_text_instant("raw_payload ->> 'applyTime'") }} as applied_at,
        {{ to_utc_text_instant("raw_payload ->> 'completeTime'") }} as completed_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "coin is missing",
        "net_amount is null": "amount is no number",
        "fee_amount is null": "transactionFee is no number",
        "applied_at is null": "applyTime is no instant",
    }) }} as error_reason
from renamed
