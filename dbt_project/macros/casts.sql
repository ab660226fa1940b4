{#- Casts of the venue's text that never raise: what cannot be cast is null. A model names in its error_reason what it
    cannot do without. -#}
{% macro to_number(text) -%}
    case
        when
            {{ text }} ~ '^-?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?$'
            and pg_input_is_valid({{ text }}, 'numeric')
            then ({{ text }})::numeric
    end
{%- endmacro %}

{% macro to_boolean(text) -%}
    case {{ text }} when 'true' then true when 'false' then false end
{%- endmacro %}

{#- Epoch milliseconds, or seconds in some kinds of record (a number below 10^11); zero is no instant. The
    product of a whole number of this size is exact. -#}
{% macro to_instant(text) -%}
    case
        when {{ text }} ~ '^[1-9][0-9]{0,10}$'
            then timestamptz 'epoch' + ({{ text }})::bigint * interval '1 second'
        when {{ text }} ~ '^[0-9]{12,15}$'
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

{#- A list where the venue gave one, or else null: jsonb_array_elements raises on anything else. -#}
{% macro to_list(json) -%}
    case when jsonb_typeof({{ json }}) = 'array' then {{ json }} end
{%- endmacro %}

{#- What is wrong with a row, from conditions and their names; null where nothing is. -#}
{% macro error_reason(conditions) -%}
    nullif(
        concat_ws(
            '; ',
            {%- for condition, name in conditions.items() %}
            case when {{ condition }} then '{{ name }}' end{{ "," if not loop.last }}
            {%- endfor %}
        ),
        ''
    )
{%- endmacro %}

{#- The cut of an instant on the time axis: epoch milliseconds, exact. -#}
{% macro epoch_ms(instant) -%}
    trim_scale(extract(epoch from {{ instant }}) * 1000)
{%- endmacro %}

{#- The UTC date of an instant, whatever the zone of the connection. -#}
{% macro utc_date(instant) -%}
    ({{ instant }} at time zone 'UTC')::date
{%- endmacro %}

{#- A time that is told in whole seconds, or may be, stands for the whole second. -#}
{% macro is_whole_second(instant) -%}
    ({{ instant }} = date_trunc('second', {{ instant }}))
{%- endmacro %}

{% macro end_of_second(instant) -%}
    {{ instant }} + interval '1 second' - interval '1 microsecond'
{%- endmacro %}
