-- Every leg of every stream, also those that move nothing and those whose wallet nobody knows.
{% for model in binance_leg_models() -%}
    select
        {{ leg_columns() }},
        unmapped_because
    from {{ ref(model) }}
    {{ "union all" if not loop.last }}
{% endfor %}
