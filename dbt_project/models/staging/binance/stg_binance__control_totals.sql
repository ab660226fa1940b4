-- What the overview of all wallets tells of each, asset by asset. A wallet without any detail has one row.
with source as (
    {{ newest_readings(source('staging_binance', 'raw_control_totals')) }}
),

wallets as (
    select
        source.source_id,
        entry ->> 'walletName' as wallet_name,
        {{ to_number("entry ->> 'balance'") }} as total_amount,
        {{ to_list("entry -> 'assetBalances'") }} as details
    from source
    inner join lateral jsonb_array_elements({{ to_list("source.balances -> 'wallets'") }}) as entry on true
),

details as (
    select
        wallets.source_id,
        wallets.wallet_name,
        wallets.total_amount,
        {%- for part in ['free', 'locked', 'freeze', 'withdrawing'] %}
            {{ to_number("coalesce(detail ->> '" ~ part ~ "', '0')") }} as {{ part }}_amount,
        {%- endfor %}
        detail ->> 'asset' as asset,
        detail is not null as has_detail
    from wallets
    left join lateral jsonb_array_elements(wallets.details) as detail on true
),

renamed as (
    select
        {{ reading_header() }},
        details.wallet_name,
        details.total_amount,
        details.asset,
        details.free_amount + details.locked_amount + details.freeze_amount as balance_amount,
        details.withdrawing_amount as in_transit_amount,
        {{ error_reason({
            "details.wallet_name is null": "a wallet has no name",
            "details.has_detail and details.asset is null": "asset is missing",
            "details.total_amount + details.free_amount + details.locked_amount + details.freeze_amount"
            " + details.withdrawing_amount is null": "an amount is no number",
        }) }} as error_reason
    from source
    left join details
        on source.source_id = details.source_id
)

select * from renamed
