with source as (
    {{ newest_versions(source('staging_binance', 'raw_vip_loan_borrows')) }}
),

renamed as (
    select
        {{ provenance('binance', 'vip_loan_borrows') }},
        raw_payload ->> 'loanAccountId' as receiver_ref,
        raw_payload ->> 'loanCoin' as loan_asset,
        {{ to_number("raw_payload ->> 'loanAmount'") }} as loan_amount,
        raw_payload ->> 'status' as status_code,
        {{ to_instant("raw_payload ->> 'loanDate'") }} as lent_at
    from source
)

select
    *,
    {{ error_reason({
        "receiver_ref is null": "loanAccountId is missing",
        "loan_asset is null": "loanCoin is missing",
        "loan_amount is null": "loanAmount is no number",
        "lent_at is null and lower(status_code) not in ('pending', 'failed')": "loanDate is no instant",
    }) }} as error_reason
from renamed
