{#- How the overview of all wallets calls each that is captured, and what its wallet is called here. It knows
    others too. -#}
{% macro binance_control_wallets() -%}
    {{ return([
        ('Spot', 'spot', 'spot'),
        ('Funding', 'funding', 'funding'),
        ('Cross Margin', 'cross_margin', 'cross_margin'),
        ('Isolated Margin', 'isolated_margin', 'isolated_margin'),
        ('USDⓈ-M Futures', 'um_futures', 'um_futures'),
        ('COIN-M Futures', 'cm_futures', 'cm_futures'),
        ('Earn', 'earn_flexible', 'earn'),
        ('Earn', 'earn_locked', 'earn'),
        ('Options', 'options', 'options'),
    ]) }}
{%- endmacro %}
