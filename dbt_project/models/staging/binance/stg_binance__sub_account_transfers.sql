with source as (
    {{ newest_versions(source('staging_binance', 'raw_sub_account_transfers')) }}
),

renamed as (
    select
        {{ provenance('binance', 'sub_account_transfers') }},
        raw_payload ->> 'tranId' as tran_id,
        raw_payload ->> 'counterParty' as counterparty_kind,
        raw_payload ->> 'email' as counterparty_email,
        raw_payload ->> 'fromAccountType' as from_account_type,
        raw_payload ->> 'toAccountType' as to_account_type,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        case raw_payload ->> 'type' when '1' then true when '2' then false end as is_inward,
        {{ to_number("raw_payload ->> 'qty'") }} as amount,
        {{ to_instant("raw_payload ->> 'time'") }} as transferred_at
    from source
)

select
    *,
    {{ error_reason({
        "tran_id is null": "tranId is missing",
        "asset is null": "asset is missing",
        "is_inward is null": "type is neither in nor out",
        "amount is null": "qty is no number",
        "transferred_at is null": "time is no instant",
    }) }} as error_reason
from renamed
