{% set streams = binance_streams() %}

with records as (
    {%- for entry in streams %}
        select
            owner_id,
            environment,
            account_ref,
            source_raw_id,
            {{ entry.asset or "null::text" }} as asset,
            '{{ entry.stream }}' as stream,
            error_reason,
            source_id
        from {{ ref('stg_binance__' ~ entry.stream) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

unreadable as (
    select
        owner_id,
        environment,
        account_ref,
        asset,
        stream,
        null::timestamptz as from_at,
        error_reason as reason,
        'staging_binance.raw_' || stream as source_table,
        source_id
    from records
    where error_reason is not null
),

-- What jsonb refused counts until a later version of the record could be stored.
refused as (
    select
        quarantine.owner_id,
        quarantine.environment,
        quarantine.account_ref,
        null::text as asset,
        quarantine.stream,
        quarantine.occurred_at as from_at,
        quarantine.error_reason as reason,
        'staging_binance.quarantine' as source_table,
        quarantine.source_id
    from {{ ref('stg_binance__quarantine') }} as quarantine
    left join records
        on
            quarantine.owner_id = records.owner_id
            and quarantine.environment = records.environment
            and quarantine.account_ref = records.account_ref
            and quarantine.stream = records.stream
            and quarantine.source_raw_id = records.source_raw_id
            and quarantine.source_id < records.source_id
    where
        quarantine.stream = any('{{ "{" ~ streams | map(attribute="stream") | join(",") ~ "}" }}'::text[])
        and records.source_id is null
)

select * from unreadable
union all
select * from refused
