with source as (
    {{ newest_versions(source('staging_binance', 'raw_withdrawals')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'coin' as asset,
        {{ to_number("raw_payload ->> 'amount'") }} as net_amount,
        {{ to_number("raw_payload ->> 'transactionFee'") }} as fee_amount,
        raw_payload ->> 'network' as network,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'walletType' as wallet_type,
        raw_payload ->> 'address' as address,
        raw_payload ->> 'txId' as tx_hash,
        {{ to_utc_text_instant("raw_payload ->> 'applyTime'") }} as applied_at,
        {{ to_utc_text_instant("raw_payload ->> 'completeTime'") }} as completed_at,
        nullif(concat_ws(
            '; ',
            {{ not_numbers(['amount', 'transactionFee']) }},
            case
                when {{ to_utc_text_instant("raw_payload ->> 'applyTime'") }} is null
                    then 'applyTime is no instant'
            end,
            case when raw_payload ->> 'coin' is null then 'coin is missing' end
        ), '') as error_reason
    from source
)

select * from renamed
