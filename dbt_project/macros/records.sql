{#- Every version of every record of a raw table, with whose it is, when the venue showed it, and with which
    scope it was asked: some records do not tell by themselves what they were listed under. -#}
{% macro all_versions(raw_table) -%}
    select
        raw.id as source_id,
        raw.data_source_id,
        data_sources.owner_id,
        data_sources.environment,
        raw.account_ref,
        raw.source_raw_id,
        raw.raw_payload,
        requests.scope,
        requests.observed_at,
        raw.ingested_at as recorded_at
    from {{ raw_table }} as raw
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on raw.data_source_id = data_sources.id
    inner join {{ source('coverage', 'requests') }} as requests
        on raw.request_id = requests.id
{%- endmacro %}

{#- The newest version of each record of a raw table, over all data sources of an owner that see it. -#}
{% macro newest_versions(raw_table) -%}
    select distinct on (owner_id, environment, account_ref, source_raw_id) versions.*
    from (
        {{ all_versions(raw_table) }}
    ) as versions
    order by owner_id, environment, account_ref, source_raw_id, source_id desc
{%- endmacro %}

{#- The columns that every staging view of records passes on. -#}
{% macro provenance(venue, stream) -%}
    {{ record_id(venue, stream) }} as record_id,
        source_id,
        data_source_id,
        owner_id,
        environment,
        account_ref,
        source_raw_id,
        observed_at,
        recorded_at
{%- endmacro %}

{#- The newest version of each reading of a raw table of readings; `is_own` is false where a master's key read
    its sub-account. -#}
{% macro newest_readings(raw_table) -%}
    select distinct on (data_sources.owner_id, data_sources.environment, raw.account_ref, raw.source_raw_id)
        raw.id as source_id,
        raw.data_source_id,
        data_sources.owner_id,
        data_sources.environment,
        raw.account_ref,
        raw.account_type,
        raw.wallet,
        raw.taken_at,
        raw.reading_ended_at,
        raw.closes_day,
        raw.is_whole,
        coalesce(split_part(raw.account_ref, '/', 1) = data_sources.account_ref, true) as is_own,
        raw.balances,
        raw.ingested_at as recorded_at
    from {{ raw_table }} as raw
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on raw.data_source_id = data_sources.id
    order by
        data_sources.owner_id, data_sources.environment, raw.account_ref, raw.source_raw_id, raw.id desc
{%- endmacro %}

{#- The columns of a reading's header, which every row of its balances repeats. -#}
{% macro reading_header() -%}
    source.source_id,
        source.data_source_id,
        source.owner_id,
        source.environment,
        source.account_ref,
        source.account_type,
        source.wallet,
        source.taken_at,
        source.reading_ended_at,
        source.closes_day,
        source.is_whole,
        source.is_own,
        source.recorded_at
{%- endmacro %}

{#- Between which reads each record closed. The arguments are expressions of raw_payload: when the record was
    created, whether this version of it shows that its effect is final or that there is none, which scope of
    the stream lists it, and which effect a closed version shows, where that may be told anew.

    first_closed_at  the first read that showed it closed, with the effect that the newest version shows; null
                     while that is open
    last_open_at     the last read that showed it open, or else its creation
    last_read_at     the last read of all

    An interval of coverage that landed before the first closed version, and holds the creation, is a read
    that showed the record open: a walk lands its interval after its rows.

    `up_to` is a table of the records that the legs are made of: a version that landed after theirs is left out. -#}
{% macro record_reads(venue, stream, created_at, is_closed, scope="''", effect="true", up_to=none) -%}
    with versions as (
        select
            {{ record_id(venue, stream) }} as record_id,
            {{ account_id("owner_id", "'" ~ venue ~ "'", "environment", "account_ref") }} as reader_id,
            source_raw_id,
            source_id,
            observed_at,
            recorded_at,
            {{ created_at }} as created_at,
            {{ scope }} as listed_in,
            coalesce({{ is_closed }}, false) as is_closed,
            {% if effect == 'true' -%}
            true as has_effect
            {%- else -%}
            first_value({{ effect }}) over (
                partition by owner_id, environment, account_ref, source_raw_id order by source_id desc
            ) = {{ effect }} as has_effect
            {%- endif %}
        from (
            {{ all_versions(source('staging_' ~ venue, 'raw_' ~ stream)) }}
        ) as all_versions
        {% if up_to is not none -%}
        inner join (
            select {{ record_id(venue, stream) }} as known_record_id, source_id as newest_source_id
            from {{ up_to }}
        ) as newest
            -- By the id alone: of its four parts the planner would expect next to no row.
            on {{ record_id(venue, stream) }} = known_record_id and source_id <= newest_source_id
        {%- endif %}
    ),

    records as (
        select
            record_id,
            reader_id,
            source_raw_id,
            (array_agg(created_at order by source_id desc))[1] as created_at,
            (array_agg(listed_in order by source_id desc))[1] as listed_in,
            (array_agg(is_closed order by source_id desc))[1] as is_closed,
            min(observed_at) filter (where is_closed) as first_closed_at,
            min(observed_at) filter (where is_closed and has_effect) as first_final_at,
            min(recorded_at) filter (where is_closed) as first_closed_recorded_at,
            max(observed_at) as last_version_at
        from versions
        group by record_id, reader_id, source_raw_id
    ),

    open_versions as (
        select
            versions.record_id,
            max(versions.observed_at) as last_open_at
        from versions
        inner join records
            on versions.record_id = records.record_id
        where
            not versions.is_closed
            and (not records.is_closed or versions.observed_at < records.first_closed_at)
        group by versions.record_id
    ),

    walks as (
        select
            records.record_id,
            max(intervals.as_of) as last_read_at,
            max(intervals.as_of) filter (
                where
                not records.is_closed
                or (
                    intervals.as_of < records.first_closed_at
                    and intervals.recorded_at < records.first_closed_recorded_at
                )
            ) as last_open_at
        from records
        inner join {{ ref('int_coverage') }} as intervals
            on
                records.reader_id = intervals.reader_id
                and intervals.stream = '{{ stream }}'
                and intervals.scope in (records.listed_in, records.source_raw_id)
                and intervals.proven @> records.created_at
        group by records.record_id
    )

    select
        records.record_id,
        case when records.is_closed then records.first_final_at end as first_closed_at,
        greatest(records.created_at, open_versions.last_open_at, walks.last_open_at) as last_open_at,
        greatest(records.last_version_at, walks.last_read_at) as last_read_at
    from records
    left join open_versions
        on records.record_id = open_versions.record_id
    left join walks
        on records.record_id = walks.record_id
{%- endmacro %}

{#- What jsonb refused of a venue's records, with its owner. -#}
{% macro refused_records(quarantine) -%}
    with source as (
        select
            quarantine.*,
            data_sources.owner_id,
            data_sources.environment
        from {{ quarantine }} as quarantine
        inner join {{ source('registry', 'data_sources') }} as data_sources
            on quarantine.data_source_id = data_sources.id
    ),

    renamed as (
        select
            id as source_id,
            data_source_id,
            owner_id,
            environment,
            account_ref,
            source_raw_id,
            stream,
            occurred_at,
            ingested_at as recorded_at,
            'jsonb refuses it: ' || error as error_reason
        from source
    )

    select * from renamed
{%- endmacro %}

{#- The columns that the models of legs of all venues share, in their order. -#}
{% macro leg_columns() -%}
    record_id,
        event_id,
        leg_role,
        leg_ordinal,
        owner_id,
        data_source_id,
        account_id,
        venue,
        wallet,
        asset,
        component,
        amount,
        type,
        subtype,
        status,
        occurred_at,
        bracket_start,
        bracket_end,
        cut_axis,
        cut_value,
        counterparty,
        network,
        tx_hash,
        symbol,
        price,
        source_stream,
        source_table,
        source_raw_id,
        source_id,
        recorded_at
{%- endmacro %}
