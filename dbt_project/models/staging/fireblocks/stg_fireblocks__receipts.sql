-- A receipt tells the gas of a transaction of an EVM chain, in units of 10^-18 of its base asset.
with source as (
    {{ newest_versions(source('staging_fireblocks', 'raw_receipts')) }}
),

renamed as (
    select
        {{ provenance('fireblocks', 'receipts') }},
        split_part(source_raw_id, ':', 1) as base_asset,
        split_part(source_raw_id, ':', 2) as tx_hash,
        {{ to_number("raw_payload ->> 'gasUsed'") }} as gas_used,
        {{ to_number("raw_payload ->> 'effectiveGasPrice'") }} as effective_gas_price,
        {{ to_number("raw_payload ->> 'blockNumber'") }} as block_height,
        {{ to_number("raw_payload ->> 'l1Fee'") }} * 1e-18::numeric as layer_1_amount
    from source
)

select
    *,
    gas_used * effective_gas_price * 1e-18::numeric as gas_amount,
    {{ error_reason({
        "gas_used is null": "gasUsed is no number",
        "effective_gas_price is null": "effectiveGasPrice is no number",
    }) }} as error_reason
from renamed
