-- The top-level numbers are deprecated floats: only the strings of amountInfo and feeInfo are read, and -1
-- stands for "not known" in either.
with source as (
    {{ newest_versions(source('staging_fireblocks', 'raw_transactions')) }}
),

renamed as (
    select
        {{ provenance('fireblocks', 'transactions') }},
        raw_payload ->> 'operation' as operation,
        raw_payload ->> 'status' as status_code,
        raw_payload ->> 'subStatus' as sub_status_code,
        raw_payload ->> 'assetId' as asset,
        raw_payload ->> 'feeCurrency' as fee_asset,
        nullif(raw_payload ->> 'txHash', '') as tx_hash,
        -- The specifications disagree about the name.
        nullif(coalesce(raw_payload ->> 'replacedTxHash', raw_payload ->> 'replacedTxByHash'), '')
            as replaced_tx_hash,
        nullif(raw_payload ->> 'createdBy', '') as created_by,
        raw_payload #>> '{source,type}' as source_type,
        raw_payload #>> '{source,id}' as source_peer_id,
        raw_payload #>> '{source,name}' as source_name,
        raw_payload #>> '{destination,type}' as destination_type,
        raw_payload #>> '{destination,id}' as destination_peer_id,
        raw_payload #>> '{destination,name}' as destination_name,
        nullif(raw_payload #>> '{feePayerInfo,feePayerAccountId}', '') as fee_payer_vault_id,
        raw_payload #>> '{feeInfo,relayType}' as relay_type,
        nullif(raw_payload #>> '{feeInfo,relayId}', '') as relay_vault_id,
        coalesce((raw_payload #>> '{feeInfo,paidByRelay}') = 'true', false) as is_paid_by_relay,
        coalesce((raw_payload #>> '{gaslessInfo,isMetaTx}') = 'true', false) as is_meta_transaction,
        nullif({{ to_number("raw_payload #>> '{amountInfo,netAmount}'") }}, -1) as net_amount,
        nullif({{ to_number("raw_payload #>> '{feeInfo,networkFee}'") }}, -1) as fee_amount,
        nullif({{ to_number("raw_payload #>> '{feeInfo,L1networkFee}'") }}, -1) as layer_1_fee_amount,
        nullif({{ to_number("raw_payload #>> '{feeInfo,L2networkFee}'") }}, -1) as layer_2_fee_amount,
        nullif({{ to_number("raw_payload ->> 'paidRent'") }}, -1) as paid_rent_amount,
        nullif({{ to_number("raw_payload #>> '{rewardInfo,srcRewards}'") }}, -1) as source_reward_amount,
        nullif({{ to_number("raw_payload #>> '{rewardInfo,destRewards}'") }}, -1)
            as destination_reward_amount,
        {{ fireblocks_height("raw_payload #>> '{blockInfo,blockHeight}'") }} as block_height,
        {{ to_list("raw_payload -> 'destinations'") }} as destinations,
        {{ to_list("raw_payload -> 'networkRecords'") }} as network_records,
        {{ to_instant("raw_payload ->> 'createdAt'") }} as created_at
    from source
)

select
    *,
    {{ error_reason({
        "status_code is null": "status is missing",
        "operation is null": "operation is missing",
        "asset is null and operation not in ('RAW', 'TYPED_MESSAGE')": "assetId is missing",
        "created_at is null": "createdAt is no instant",
    }) }} as error_reason
from renamed
