with source as (
    {{ newest_versions(source('staging_binance', 'raw_fiat_orders')) }}
),

renamed as (
    select
        {{ provenance('binance', 'fiat_orders') }},
        scope as transaction_type,
        raw_payload ->> 'fiatCurrency' as asset,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'method' as method,
        {{ to_number("raw_payload ->> 'amount'") }} as moved_amount,
        {{ to_number("raw_payload ->> 'totalFee'") }} as fee_amount,
        {{ to_instant("raw_payload ->> 'createTime'") }} as created_at,
        {{ to_instant("raw_payload ->> 'updateTime'") }} as updated_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "fiatCurrency is missing",
        "moved_amount is null": "amount is no number",
        "created_at is null": "createTime is no instant",
        "updated_at is null and status_code in ('Successful', 'Finished')": "updateTime is no instant",
    }) }} as error_reason
from renamed
