-- Every version counts here: which products an account had, and from when on.
with source as (
    {{ all_versions(source('staging_binance', 'raw_account_info')) }}
),

renamed as (
    select
        {{ provenance('binance', 'account_info') }},
        {{ to_boolean("raw_payload ->> 'isMarginEnabled'") }} as is_margin_enabled,
        {{ to_boolean("raw_payload ->> 'isFutureEnabled'") }} as is_futures_enabled,
        {{ to_boolean("raw_payload ->> 'isOptionsEnabled'") }} as is_options_enabled,
        {{ to_boolean("raw_payload ->> 'isPortfolioMarginRetailEnabled'") }} as is_portfolio_margin_enabled
    from source
)

select
    *,
    {{ error_reason({
        "is_margin_enabled is null": "isMarginEnabled is no boolean",
        "is_futures_enabled is null": "isFutureEnabled is no boolean",
        "is_options_enabled is null": "isOptionsEnabled is no boolean",
        "is_portfolio_margin_enabled is null": "isPortfolioMarginRetailEnabled is no boolean",
    }) }} as error_reason
from renamed
