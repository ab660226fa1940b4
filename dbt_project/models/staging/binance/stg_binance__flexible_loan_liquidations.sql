with source as (
    {{ newest_versions(source('staging_binance', 'raw_flexible_loan_liquidations')) }}
),

renamed as (
    select
        {{ provenance('binance', 'flexible_loan_liquidations') }},
        raw_payload ->> 'collateralCoin' as collateral_asset,
        {{ to_number("raw_payload ->> 'returnCollateralAmount'") }} as returned_amount,
        raw_payload ->> 'status' as status_code,
        {{ to_instant("raw_payload ->> 'liquidationStartingTime'") }} as began_at
    from source
)

select
    *,
    {{ error_reason({
        "collateral_asset is null": "collateralCoin is missing",
        "returned_amount is null and lower(status_code) = 'liquidated'": "returnCollateralAmount is no number",
        "began_at is null": "liquidationStartingTime is no instant",
    }) }} as error_reason
from renamed
