with source as (
    {{ newest_versions(source('staging_binance', 'raw_pay_transactions')) }}
),

renamed as (
    select
        {{ provenance('binance', 'pay_transactions') }},
        raw_payload ->> 'orderType' as order_type,
        raw_payload ->> 'currency' as currency,
        raw_payload ->> 'walletType' as wallet_type,
        {{ to_list("raw_payload -> 'fundsDetail'") }} as funds,
        {{ to_number("raw_payload ->> 'amount'") }} as total_amount,
        {{ to_instant("raw_payload ->> 'transactionTime'") }} as paid_at
    from source
)

select
    *,
    {{ error_reason({
        "currency is null": "currency is missing",
        "total_amount is null": "amount is no number",
        "paid_at is null": "transactionTime is no instant",
    }) }} as error_reason
from renamed
