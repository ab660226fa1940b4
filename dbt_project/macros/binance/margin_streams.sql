{#- The streams of cross and isolated margin; the form stands in binance_streams. -#}
{% macro binance_margin_streams() -%}
    {{ return([]) }}
{%- endmacro %}
