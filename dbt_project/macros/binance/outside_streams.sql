{#- The streams of what moves wallets from outside the exchange of coins, in the form of binance_streams. -#}
{% macro binance_outside_streams() -%}
    {%- set streams = [
        {'stream': 'custody_transfers', 'asset': 'asset'},
        {'stream': 'nft_transactions', 'asset': 'asset'},
        {'stream': 'stock_orders', 'asset': 'quote_asset'},
        {'stream': 'stock_conversions', 'asset': none},
    ] -%}
    {%- for name in ['managed_investment_transfers', 'managed_sub_account_transfers'] -%}
        {%- do streams.append(
            {'stream': name, 'asset': 'asset', 'legs': 'int_binance__managed_transfers_legs'}
        ) -%}
    {%- endfor -%}
    {{ return(streams) }}
{%- endmacro %}

{#- The staging view of transfers between a managed sub-account and its investor, from either end. An investor
    asks by the sub-account's e-mail. -#}
{% macro binance_managed_transfers(stream) -%}
    with source as (
        {{ newest_versions(source('staging_binance', 'raw_' ~ stream)) }}
    ),

    renamed as (
        select
            {{ provenance('binance', stream) }},
            nullif(scope, '') as managed_email,
            raw_payload ->> 'tranId' as tran_id,
            raw_payload ->> 'fromEmail' as from_email,
            raw_payload ->> 'toEmail' as to_email,
            raw_payload ->> 'fromAccountType' as from_account_type,
            raw_payload ->> 'toAccountType' as to_account_type,
            raw_payload ->> 'asset' as asset,
            raw_payload ->> 'status' as status_code,
            {{ to_number("raw_payload ->> 'amount'") }} as moved_amount,
            {{ to_instant("raw_payload ->> 'createTime'") }} as transferred_at
        from source
    )

    select
        *,
        {{ error_reason({
            "tran_id is null": "tranId is missing",
            "from_email is null": "fromEmail is missing",
            "to_email is null": "toEmail is missing",
            "asset is null": "asset is missing",
            "moved_amount is null": "amount is no number",
            "transferred_at is null": "createTime is no instant",
        }) }} as error_reason
    from renamed
{%- endmacro %}
