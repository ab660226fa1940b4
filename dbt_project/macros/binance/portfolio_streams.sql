{#- The streams of portfolio margin but for its income; the form stands in binance_streams. -#}
{% macro binance_portfolio_streams() -%}
    {{ return([
        {'stream': 'pm_margin_trades', 'asset': none},
        {'stream': 'pm_margin_loans', 'asset': 'asset', 'legs': 'int_binance__pm_margin_debts_legs'},
        {'stream': 'pm_margin_repays', 'asset': 'asset', 'legs': 'int_binance__pm_margin_debts_legs'},
        {'stream': 'pm_margin_interests', 'asset': 'asset'},
        {'stream': 'pm_interests', 'asset': 'asset'},
        {'stream': 'pm_negative_balance_exchanges', 'asset': none},
    ]) }}
{%- endmacro %}
