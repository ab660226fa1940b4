{#- The streams of futures and options, and income of portfolio margin; the form stands in binance_streams. -#}
{% macro binance_futures_streams() -%}
    {%- set streams = [{'stream': 'option_bills', 'asset': 'asset'}] -%}
    {%- for stream in binance_income_wallets() -%}
        {%- do streams.append({'stream': stream, 'asset': 'asset', 'legs': 'int_binance__income_legs'}) -%}
    {%- endfor -%}
    {%- for stream in binance_filed_income() -%}
        {%- do streams.append({'stream': stream ~ '_files', 'asset': 'asset', 'legs': 'int_binance__income_legs'}) -%}
    {%- endfor -%}
    {{ return(streams) }}
{%- endmacro %}

{#- The streams of income, all of one shape, and the wallet that each of them tells of. -#}
{% macro binance_income_wallets() -%}
    {{ return({
        'um_income': 'um_futures',
        'cm_income': 'cm_futures',
        'pm_um_income': 'portfolio_margin',
        'pm_cm_income': 'portfolio_margin',
    }) }}
{%- endmacro %}

{#- The streams of income of which there are files. -#}
{% macro binance_filed_income() -%}
    {{ return(['um_income', 'cm_income', 'pm_um_income']) }}
{%- endmacro %}

{#- The staging view of a stream of income. -#}
{% macro binance_income(stream) -%}
    with source as (
        {{ newest_versions(source('staging_binance', 'raw_' ~ stream)) }}
    ),

    renamed as (
        select
            {{ provenance('binance', stream) }},
            raw_payload ->> 'incomeType' as income_type,
            raw_payload ->> 'asset' as asset,
            raw_payload ->> 'tranId' as tran_id,
            nullif(raw_payload ->> 'symbol', '') as symbol,
            nullif(raw_payload ->> 'tradeId', '') as trade_id,
            {{ to_number("raw_payload ->> 'income'") }} as amount,
            {{ to_instant("raw_payload ->> 'time'") }} as happened_at
        from source
    )

    select
        *,
        {{ error_reason({
            "income_type is null": "incomeType is missing",
            "asset is null": "asset is missing",
            "amount is null": "income is no number",
            "happened_at is null": "time is no instant",
        }) }} as error_reason
    from renamed
{%- endmacro %}

{#- The staging view of the income that was imported from the venue's own files, in the same columns: a row
    of a file has no trade. -#}
{% macro binance_income_files(stream) -%}
    with source as (
        {{ newest_versions(source('staging_binance', 'raw_' ~ stream ~ '_files')) }}
    ),

    renamed as (
        select
            {{ provenance('binance', stream ~ '_files') }},
            raw_payload ->> 'type' as income_type,
            raw_payload ->> 'asset' as asset,
            raw_payload ->> 'transaction_id' as tran_id,
            nullif(raw_payload ->> 'symbol', '') as symbol,
            null::text as trade_id,
            {{ to_number("raw_payload ->> 'amount'") }} as amount,
            {{ to_instant("raw_payload ->> 'at'") }} as happened_at
        from source
    )

    select
        *,
        {{ error_reason({
            "income_type is null": "type is missing",
            "asset is null": "asset is missing",
            "amount is null": "amount is no number",
            "happened_at is null": "at is no instant",
        }) }} as error_reason
    from renamed
{%- endmacro %}

{#- What a type of income is; one that nobody knows is booked by its sign and keeps its day open. -#}
{% macro binance_income_type(income_type) -%}
    case
        when {{ income_type }} in ('REALIZED_PNL', 'DELIVERED_SETTELMENT', 'OPTIONS_SETTLE_PROFIT') then 'pnl'
        when {{ income_type }} in ('FUNDING_FEE', 'SPECIAL_FUNDING_FEE') then 'funding'
        when {{ income_type }} in ('COMMISSION', 'POSITION_LIMIT_INCREASE_FEE') then 'fee'
        when {{ income_type }} = 'OPTIONS_PREMIUM_FEE' then 'trade'
        when {{ income_type }} in (
            'TRANSFER', 'INTERNAL_TRANSFER', 'CROSS_COLLATERAL_TRANSFER', 'STRATEGY_UMFUTURES_TRANSFER'
        ) then 'transfer'
        when {{ income_type }} in ('WELCOME_BONUS', 'CONTEST_REWARD', 'BFUSD_REWARD') then 'reward'
        when {{ income_type }} in ('REFERRAL_KICKBACK', 'COMMISSION_REBATE', 'API_REBATE', 'FEE_RETURN')
            then 'rebate'
        when {{ income_type }} = 'INSURANCE_CLEAR' then 'liquidation'
        when {{ income_type }} in ('AUTO_EXCHANGE', 'COIN_SWAP_DEPOSIT', 'COIN_SWAP_WITHDRAW') then 'conversion'
        else 'unknown'
    end
{%- endmacro %}
