{#- The newest version of each record of a raw table, over all data sources of an owner that see it,
    with the columns that every staging view passes on. -#}
{% macro newest_versions(raw_table) -%}
    select distinct on (data_sources.owner_id, data_sources.environment, raw.account_ref, raw.source_raw_id)
        raw.id as source_id,
        raw.data_source_id,
        data_sources.owner_id,
        data_sources.environment,
        raw.account_ref,
        raw.source_raw_id,
        raw.raw_payload,
        raw.occurred_at,
        requests.observed_at,
        raw.ingested_at as recorded_at
    from {{ raw_table }} as raw
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on raw.data_source_id = data_sources.id
    inner join {{ source('coverage', 'requests') }} as requests
        on raw.request_id = requests.id
    order by
        data_sources.owner_id, data_sources.environment, raw.account_ref, raw.source_raw_id, raw.id desc
{%- endmacro %}

{#- The columns that every staging view passes on. -#}
{% macro provenance() -%}
    source_id,
        data_source_id,
        owner_id,
        environment,
        account_ref,
        source_raw_id,
        observed_at,
        recorded_at
{%- endmacro %}

{#- Every reading of a raw table of readings, with its owner. -#}
{% macro readings(raw_table) -%}
    select
        raw.id as source_id,
        raw.data_source_id,
        data_sources.owner_id,
        data_sources.environment,
        raw.account_ref,
        raw.source_raw_id,
        raw.account_type,
        raw.wallet,
        raw.taken_at,
        raw.reading_ended_at,
        raw.closes_day,
        raw.is_whole,
        raw.balances,
        raw.ingested_at as recorded_at
    from {{ raw_table }} as raw
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on raw.data_source_id = data_sources.id
{%- endmacro %}

{#- The last read that showed a record open: the newest coverage of its stream that held it, before
    the read that first showed it otherwise. All arguments are column expressions. -#}
{% macro last_read_open(owner_id, account_ref, stream, record_scope, created_at, before) -%}
    (
        select max(intervals.as_of)
        from {{ source('coverage', 'intervals') }} as intervals
        inner join {{ source('registry', 'data_sources') }} as readers
            on intervals.data_source_id = readers.id
        where
            readers.owner_id = {{ owner_id }}
            and intervals.account_ref = {{ account_ref }}
            and intervals.stream = {{ stream }}
            and intervals.scope in ('', {{ record_scope }})
            and intervals.proven @> {{ created_at }}
            and intervals.as_of < {{ before }}
    )
{%- endmacro %}
