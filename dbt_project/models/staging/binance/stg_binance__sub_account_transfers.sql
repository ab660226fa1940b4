with source as (
    {{ newest_versions(source('staging_binance', 'raw_sub_account_transfers')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'tranId' as tran_id,
        (raw_payload ->> 'type') = '1' as is_inward,
        raw_payload ->> 'email' as counterparty_email,
        raw_payload ->> 'fromAccountType' as from_account_type,
        raw_payload ->> 'toAccountType' as to_account_type,
        raw_payload ->> 'asset' as asset,
        {{ to_number("raw_payload ->> 'qty'") }} as amount,
        raw_payload ->> 'status' as status_code,
        {{ to_instant("raw_payload ->> 'time'") }} as transferred_at,
        nullif(concat_ws(
            '; ',
            {{ not_numbers(['qty']) }},
            case when {{ to_instant("raw_payload ->> 'time'") }} is null then 'time is no instant' end,
            case when raw_payload ->> 'asset' is null then 'asset is missing' end,
            case
                when coalesce(raw_payload ->> 'type', '') not in ('1', '2')
                    then 'type is neither in nor out'
            end
        ), '') as error_reason
    from source
)

select * from renamed
