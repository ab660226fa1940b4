-- Top-level numbers are deprecated floats: only the strings of amountInfo and feeInfo are read.
with source as (
    {{ newest_versions(source('staging_fireblocks', 'raw_transactions')) }}
),

renamed as (
    select
        {{ provenance() }},
        raw_payload ->> 'operation' as operation,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'subStatus' as sub_status_code,
        raw_payload ->> 'assetId' as asset,
        raw_payload ->> 'feeCurrency' as fee_asset,
        raw_payload ->> 'txHash' as tx_hash,
        raw_payload #>> '{source,type}' as source_type,
        raw_payload #>> '{source,id}' as source_vault_id,
        raw_payload #>> '{destination,type}' as destination_type,
        raw_payload #>> '{destination,id}' as destination_vault_id,
        nullif({{ to_number("raw_payload #>> '{amountInfo,netAmount}'") }}, -1) as net_amount,
        nullif({{ to_number("raw_payload #>> '{feeInfo,networkFee}'") }}, -1) as fee_amount,
        {{ to_number("raw_payload #>> '{blockInfo,blockHeight}'") }} as block_height,
        raw_payload -> 'destinations' as destinations,
        raw_payload -> 'networkRecords' as network_records,
        {{ to_instant("raw_payload ->> 'createdAt'") }} as created_at,
        {{ to_instant("raw_payload ->> 'lastUpdated'") }} as last_updated_at,
        case
            when {{ to_instant("raw_payload ->> 'createdAt'") }} is null then 'createdAt is no instant'
        end as error_reason
    from source
)

select * from renamed
