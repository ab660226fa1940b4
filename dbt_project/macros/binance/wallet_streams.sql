{#- The streams of spot and funding beside trades, capital and transfers; the form stands in
    binance_streams. -#}
{% macro binance_wallet_streams() -%}
    {{ return([
        {'stream': 'dividends', 'asset': 'asset'},
        {'stream': 'dust_conversions', 'asset': none},
        {'stream': 'conversions', 'asset': none},
        {'stream': 'rebates', 'asset': 'asset'},
        {'stream': 'cloud_mining_transfers', 'asset': 'asset'},
        {'stream': 'fiat_orders', 'asset': 'asset'},
        {'stream': 'fiat_payments', 'asset': none},
        {'stream': 'pay_transactions', 'asset': none},
        {'stream': 'c2c_orders', 'asset': 'asset'},
    ]) }}
{%- endmacro %}
