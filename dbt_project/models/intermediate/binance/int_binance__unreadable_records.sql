{#- Lists that say whom to ask by: what cannot be read of them is not asked. #}
{% set lists = [
    {'stream': 'sub_accounts', 'asset': none},
    {'stream': 'managed_sub_accounts', 'asset': none},
] %}
{% set streams = binance_streams() + lists %}

with records as (
    {%- for entry in streams %}
        select
            staged.owner_id,
            staged.environment,
            staged.account_ref,
            staged.source_raw_id,
            {{ "staged." ~ entry.asset if entry.asset else "null::text" }} as asset,
            '{{ entry.stream }}' as stream,
            staged.error_reason,
            -- When it happened may be told although something else of it cannot be read.
            case
                when staged.error_reason is not null
                    then (
                        select raw.occurred_at
                        from {{ source('staging_binance', 'raw_' ~ entry.stream) }} as raw
                        where raw.id = staged.source_id
                    )
            end as occurred_at,
            staged.source_id
        from {{ ref('stg_binance__' ~ entry.stream) }} as staged
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

unreadable as (
    select
        owner_id,
        environment,
        account_ref,
        null::text as wallet,
        asset,
        stream,
        occurred_at as from_at,
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
        null::text as wallet,
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
