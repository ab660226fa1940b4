with source as (
    {{ newest_versions(source('staging_binance', 'raw_fiat_payments')) }}
),

renamed as (
    select
        {{ provenance('binance', 'fiat_payments') }},
        scope as transaction_type,
        raw_payload ->> 'fiatCurrency' as fiat_asset,
        raw_payload ->> 'cryptoCurrency' as coin,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'paymentMethod' as method,
        {{ to_number("raw_payload ->> 'sourceAmount'") }} as fiat_amount,
        {{ to_number("raw_payload ->> 'obtainAmount'") }} as coin_amount,
        {{ to_number("raw_payload ->> 'price'") }} as price,
        {{ to_instant("raw_payload ->> 'createTime'") }} as created_at,
        {{ to_instant("raw_payload ->> 'updateTime'") }} as updated_at
    from source
)

select
    *,
    {{ error_reason({
        "fiat_asset is null": "fiatCurrency is missing",
        "coin is null": "cryptoCurrency is missing",
        "fiat_amount is null": "sourceAmount is no number",
        "coin_amount is null": "obtainAmount is no number",
        "created_at is null": "createTime is no instant",
        "updated_at is null and status_code = 'Completed'": "updateTime is no instant",
    }) }} as error_reason
from renamed
