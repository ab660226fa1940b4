{#- The streams of staking, yields, dual investments and loans; the form stands in binance_streams. -#}
{% macro binance_staking_streams() -%}
    {%- set exchanges = [
        'eth_stakings', 'eth_redemptions', 'wbeth_wraps', 'wbeth_unwraps',
        'sol_stakings', 'sol_redemptions',
        'bfusd_subscriptions', 'bfusd_redemptions', 'rwusd_subscriptions', 'rwusd_redemptions',
    ] -%}
    {%- set rewards = [
        'sol_boost_rewards', 'bfusd_rewards', 'rwusd_rewards', 'soft_staking_rewards', 'onchain_yield_rewards',
    ] -%}
    {%- set streams = [
        {'stream': 'onchain_yield_subscriptions', 'asset': 'asset'},
        {'stream': 'onchain_yield_redemptions', 'asset': 'asset'},
        {'stream': 'dual_investments', 'asset': none},
        {'stream': 'flexible_loan_liquidations', 'asset': 'collateral_asset'},
        {'stream': 'vip_loan_borrows', 'asset': 'loan_asset'},
    ] -%}
    {%- for name, asset in {
        'flexible_loan_borrows': none,
        'flexible_loan_repays': none,
        'flexible_loan_ltv_adjustments': 'collateral_asset',
        'vip_loan_repays': 'loan_asset',
    }.items() -%}
        {%- do streams.append({'stream': name, 'asset': asset, 'legs': 'int_binance__loans_legs'}) -%}
    {%- endfor -%}
    {%- for name in exchanges -%}
        {%- do streams.append({'stream': name, 'asset': none, 'legs': 'int_binance__stakings_legs'}) -%}
    {%- endfor -%}
    {%- for name in rewards -%}
        {%- do streams.append(
            {'stream': name, 'asset': 'asset', 'legs': 'int_binance__staking_rewards_legs'}
        ) -%}
    {%- endfor -%}
    {{ return(streams) }}
{%- endmacro %}

{#- The streams whose legs one model tells. -#}
{% macro binance_streams_with_legs_of(model) -%}
    {%- set names = [] -%}
    {%- for entry in binance_streams() if entry.get('legs') == model -%}
        {%- do names.append(entry.stream) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}
