with source as (
    {{ newest_versions(source('staging_binance', 'raw_cloud_mining_transfers')) }}
),

renamed as (
    select
        {{ provenance('binance', 'cloud_mining_transfers') }},
        raw_payload ->> 'tranId' as tran_id,
        raw_payload ->> 'type' as transfer_type,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as moved_amount,
        {{ to_instant("raw_payload ->> 'createTime'") }} as moved_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "moved_amount is null": "amount is no number",
        "moved_at is null": "createTime is no instant",
    }) }} as error_reason
from renamed
