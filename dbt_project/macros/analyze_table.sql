{#- Tell the planner about a table that was just filled: autovacuum comes too late for the next model. -#}
{% macro analyze_table() -%}
    {%- if model.config.materialized == 'table' -%} analyze {{ this }} {%- endif -%}
{%- endmacro %}
