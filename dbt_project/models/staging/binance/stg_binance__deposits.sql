with source as (
    {{ newest_versions(source('staging_binance', 'raw_deposits')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'coin' as asset,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        raw_payload ->> 'network' as network,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'walletType' as wallet_type,
        raw_payload ->> 'address' as address,
        raw_payload ->> 'txId' as tx_hash,
        {{ to_instant("raw_payload ->> 'insertTime'") }} as inserted_at,
        {{ to_instant("raw_payload ->> 'completeTime'") }} as completed_at,
        nullif(concat_ws(
            '; ',
            {{ not_numbers(['amount']) }},
            case
                when {{ to_instant("raw_payload ->> 'insertTime'") }} is null
                    then 'insertTime is no instant'
            end,
            case when raw_payload ->> 'coin' is null then 'coin is missing' end
        ), '') as error_reason
    from source
)

select * from renamed
