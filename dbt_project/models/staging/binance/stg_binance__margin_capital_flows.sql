-- Of cross margin or of the pair that it was read for: a row of cross margin may name a symbol too.
with source as (
    {{ newest_versions(source('staging_binance', 'raw_margin_capital_flows')) }}
),

renamed as (
    select
        {{ provenance('binance', 'margin_capital_flows') }},
        nullif(scope, '') as pair,
        raw_payload ->> 'tranId' as tran_id,
        raw_payload ->> 'type' as flow_type,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'symbol' as symbol,
        {{ to_number("raw_payload ->> 'amount'") }} as told_amount,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as flowed_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "flow_type is null": "type is missing",
        "told_amount is null": "amount is no number",
        "flowed_at is null": "timestamp is no instant",
    }) }} as error_reason
from renamed
