with source as (
    {{ newest_versions(source('staging_binance', 'raw_universal_transfers')) }}
),

renamed as (
    select
        {{ provenance('binance', 'universal_transfers') }},
        raw_payload ->> 'tranId' as tran_id,
        raw_payload ->> 'fromEmail' as from_email,
        raw_payload ->> 'toEmail' as to_email,
        raw_payload ->> 'fromAccountType' as from_account_type,
        raw_payload ->> 'toAccountType' as to_account_type,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_instant("raw_payload ->> 'createTimeStamp'") }} as transferred_at
    from source
)

select
    *,
    {{ error_reason({
        "tran_id is null": "tranId is missing",
        "from_email is null": "fromEmail is missing",
        "to_email is null": "toEmail is missing",
        "asset is null": "asset is missing",
        "amount is null": "amount is no number",
        "transferred_at is null": "createTimeStamp is no instant",
    }) }} as error_reason
from renamed
