with source as (
    {{ newest_versions(source('staging_binance', 'raw_asset_transfers')) }}
),

renamed as (
    select
        {{ provenance('binance', 'asset_transfers') }},
        raw_payload ->> 'tranId' as tran_id,
        raw_payload ->> 'type' as transfer_type,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as amount,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as transferred_at
    from source
)

select
    *,
    {{ error_reason({
        "tran_id is null": "tranId is missing",
        "asset is null": "asset is missing",
        "amount is null": "amount is no number",
        "transferred_at is null": "timestamp is no instant",
    }) }} as error_reason
from renamed
