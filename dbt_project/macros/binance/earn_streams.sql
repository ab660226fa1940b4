{#- The streams of earn, staking and loans; the form stands in binance_streams. -#}
{% macro binance_earn_streams() -%}
    {{ return([]) }}
{%- endmacro %}
