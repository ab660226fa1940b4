{#- The streams of cross and isolated margin; the form stands in binance_streams. -#}
{% macro binance_margin_streams() -%}
    {{ return([
        {'stream': 'margin_capital_flows', 'asset': 'asset'},
        {'stream': 'margin_borrow_repays', 'asset': 'asset'},
        {'stream': 'margin_interests', 'asset': 'asset'},
        {'stream': 'margin_transfers', 'asset': 'asset'},
        {'stream': 'margin_small_liability_exchanges', 'asset': none},
        {'stream': 'margin_liquidation_repays', 'asset': 'asset'},
    ]) }}
{%- endmacro %}

{#- The wallet that a record of margin is of: a pair's own, or cross margin, by what it was asked with. -#}
{% macro binance_margin_wallet(pair) -%}
    coalesce('isolated_margin:' || {{ pair }}, 'cross_margin')
{%- endmacro %}
