{#- The columns of a relation, for every model that is made asks for them to describe them. The adapter's own
    statement asks the information schema, which takes ten times as long as the catalogue behind it, and which
    calls every array ARRAY. -#}
{% macro postgres__get_columns_in_relation(relation) -%}
    {%- call statement('get_columns_in_relation', fetch_result=true) %}
        select
            attributes.attname as column_name,
            format_type(attributes.atttypid, null) as data_type,
            information_schema._pg_char_max_length(attributes.atttypid, attributes.atttypmod)
                as character_maximum_length,
            information_schema._pg_numeric_precision(attributes.atttypid, attributes.atttypmod)
                as numeric_precision,
            information_schema._pg_numeric_scale(attributes.atttypid, attributes.atttypmod) as numeric_scale
        from pg_attribute as attributes
        inner join pg_class as relations on attributes.attrelid = relations.oid
        inner join pg_namespace as schemas on relations.relnamespace = schemas.oid
        where
            relations.relname = '{{ relation.identifier }}'
            {%- if relation.schema %}
                and schemas.nspname = '{{ relation.schema }}'
            {%- endif %}
            and attributes.attnum > 0
            and not attributes.attisdropped
        order by attributes.attnum
    {%- endcall %}
    {{ return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) }}
{%- endmacro %}
