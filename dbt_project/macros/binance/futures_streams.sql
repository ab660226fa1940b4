{#- The streams of futures, options and portfolio margin; the form stands in binance_streams. -#}
{% macro binance_futures_streams() -%}
    {{ return([]) }}
{%- endmacro %}
