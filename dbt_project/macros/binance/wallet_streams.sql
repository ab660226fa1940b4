{#- The streams of the spot and funding wallets beside trades, capital and transfers; the form stands in binance_streams. -#}
{% macro binance_wallet_streams() -%}
    {{ return([]) }}
{%- endmacro %}
