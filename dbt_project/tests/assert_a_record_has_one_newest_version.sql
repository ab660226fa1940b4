-- Every staging view of records shows each of them once.
{% set records = binance_stream_names() + ['fireblocks__transactions'] -%}
{% for file in binance_files_without_ids() -%}
    {% do records.append('binance__' ~ file) -%}
{% endfor -%}
{% for name in records -%}
    select
        '{{ name }}' as stream,
        record_id
    from {{ ref('stg_' ~ name) }}
    group by record_id
    having count(*) > 1
    {{ "union all" if not loop.last }}
{% endfor %}
