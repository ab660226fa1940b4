{#- Casts of the venue's text that never raise: what cannot be cast is null and named in error_reason. -#}
{% macro is_number(text) -%}
    ({{ text }} ~ '^-?[0-9]' and pg_input_is_valid({{ text }}, 'numeric'))
{%- endmacro %}

{% macro to_number(text) -%}
    case when {{ is_number(text) }} then ({{ text }})::numeric end
{%- endmacro %}

{#- Epoch milliseconds; whole numbers of this size are exact in the product. -#}
{% macro to_instant(text) -%}
    case
        when {{ text }} ~ '^[0-9]{1,15}$'
            then timestamptz 'epoch' + ({{ text }})::bigint * interval '1 millisecond'
    end
{%- endmacro %}

{#- "YYYY-MM-DD HH:MM:SS", UTC without a zone. -#}
{% macro to_utc_text_instant(text) -%}
    case
        when
            {{ text }} ~ '^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$'
            and pg_input_is_valid({{ text }}, 'timestamp')
            then ({{ text }})::timestamp at time zone 'UTC'
    end
{%- endmacro %}

{#- Name the fields of raw_payload that are no numbers. -#}
{% macro not_numbers(fields) -%}
    {%- for field in fields -%}
        {%- set text = "raw_payload ->> '" ~ field ~ "'" -%}
        case when not coalesce({{ is_number(text) }}, false) then '{{ field }} is no number' end
        {%- if not loop.last -%},{{ "\n        " }}{%- endif -%}
    {%- endfor -%}
{%- endmacro %}
