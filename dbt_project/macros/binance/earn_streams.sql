{#- The streams of earn, staking and loans; the form stands in binance_streams. -#}
{% macro binance_earn_streams() -%}
    {%- set subscriptions = 'int_binance__earn_subscriptions_legs' -%}
    {%- set rewards = 'int_binance__earn_rewards_legs' -%}
    {{ return([
        {'stream': 'flexible_earn_subscriptions', 'asset': 'asset', 'legs': subscriptions},
        {'stream': 'flexible_earn_redemptions', 'asset': 'asset'},
        {'stream': 'flexible_earn_rewards', 'asset': 'asset', 'legs': rewards},
        {'stream': 'flexible_earn_collaterals', 'asset': 'asset'},
        {'stream': 'locked_earn_subscriptions', 'asset': 'asset', 'legs': subscriptions},
        {'stream': 'locked_earn_redemptions', 'asset': 'asset'},
        {'stream': 'locked_earn_rewards', 'asset': 'asset', 'legs': rewards},
    ]) }}
{%- endmacro %}
