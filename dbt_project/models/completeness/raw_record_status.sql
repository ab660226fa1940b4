{{ config(materialized='view') }}

{% set references = [
    'binance__symbols', 'binance__sub_accounts', 'binance__managed_sub_accounts', 'binance__delistings',
    'binance__coins', 'binance__account_info', 'fireblocks__vault_accounts', 'fireblocks__receipts'
] %}
{% set lists = ['binance__symbols', 'binance__delistings', 'binance__coins'] %}
{% set files = ['binance__spot_trade_files', 'binance__transaction_history_files'] %}
{% set records = binance_stream_names() + files + ['fireblocks__transactions'] %}
{% set readings = [
    'binance__live_captures', 'binance__account_snapshots', 'binance__control_totals',
    'fireblocks__live_captures', 'fireblocks__control_totals'
] %}

with stored as (
    {%- for stream in references + records + readings %}
        {%- set venue, name = stream.split('__') %}
        select
            'staging_{{ venue }}.raw_{{ name }}' as source_table,
            id as source_id,
            data_source_id,
            account_ref,
            source_raw_id,
            ingested_at as recorded_at,
            null as refused_because
        from {{ source('staging_' ~ venue, 'raw_' ~ name) }}
        union all
    {%- endfor %}
    {%- for venue in ['binance', 'fireblocks'] %}
        select
            'staging_{{ venue }}.quarantine' as source_table,
            source_id,
            data_source_id,
            account_ref,
            source_raw_id,
            recorded_at,
            error_reason as refused_because
        from {{ ref('stg_' ~ venue ~ '__quarantine') }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

newest as (
    {%- for stream in references + records + readings %}
        {%- set venue, name = stream.split('__') %}
        select
            'staging_{{ venue }}.raw_{{ name }}' as source_table,
            source_id,
            {{ "null" if stream in lists else "min(error_reason)" }} as error_reason,
            {{ "true" if stream in references else "false" }} as is_reference
        from {{ ref('stg_' ~ stream) }}
        group by source_id
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    stored.source_table,
    stored.source_id,
    stored.data_source_id,
    stored.account_ref,
    stored.source_raw_id,
    stored.recorded_at,
    newest.source_id is not null as is_newest,
    case
        when coalesce(stored.refused_because, newest.error_reason, failed.reason) is not null then 'error'
        when newest.source_id is null or newest.is_reference or reached.source_id is not null then 'processed'
        else 'pending'
    end as processing_status,
    coalesce(
        stored.refused_because,
        newest.error_reason,
        failed.reason,
        reached.reason,
        case when newest.source_id is null then 'a newer version replaced it' end
    ) as reason
from stored
left join newest
    on
        stored.source_table = newest.source_table
        and stored.source_id = newest.source_id
left join {{ ref('int_record_results') }} as reached
    on
        stored.source_table = reached.source_table
        and stored.source_id = reached.source_id
        and not reached.is_error
left join {{ ref('int_record_results') }} as failed
    on
        stored.source_table = failed.source_table
        and stored.source_id = failed.source_id
        and failed.is_error
