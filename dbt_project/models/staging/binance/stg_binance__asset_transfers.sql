with source as (
    {{ newest_versions(source('staging_binance', 'raw_asset_transfers')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'tranId' as tran_id,
        raw_payload ->> 'type' as transfer_type,
        raw_payload ->> 'asset' as asset,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        raw_payload ->> 'status' as status_code,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as transferred_at,
        nullif(concat_ws(
            '; ',
            {{ not_numbers(['amount']) }},
            case
                when {{ to_instant("raw_payload ->> 'timestamp'") }} is null
                    then 'timestamp is no instant'
            end,
            case when raw_payload ->> 'asset' is null then 'asset is missing' end
        ), '') as error_reason
    from source
)

select * from renamed
