-- Only the question tells a loan from a repayment: its scope is "REPAY/BTCUSDT", of cross margin "REPAY".
with source as (
    {{ newest_versions(source('staging_binance', 'raw_margin_borrow_repays')) }}
),

renamed as (
    select
        {{ provenance('binance', 'margin_borrow_repays') }},
        split_part(scope, '/', 1) as direction,
        nullif(split_part(scope, '/', 2), '') as pair,
        raw_payload ->> 'txId' as tran_id,
        raw_payload ->> 'type' as initiator,
        raw_payload ->> 'asset' as asset,
        raw_payload ->> 'status' as status_code,
        {{ to_number("raw_payload ->> 'amount'") }} as total_amount,
        {{ to_number("raw_payload ->> 'principal'") }} as principal_amount,
        {{ to_number("raw_payload ->> 'interest'") }} as interest_amount,
        {{ to_instant("raw_payload ->> 'timestamp'") }} as done_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": "asset is missing",
        "total_amount is null": "amount is no number",
        "principal_amount is null and direction = 'REPAY'": "principal is no number",
        "interest_amount is null and direction = 'REPAY'": "interest is no number",
        "done_at is null": "timestamp is no instant",
    }) }} as error_reason
from renamed
