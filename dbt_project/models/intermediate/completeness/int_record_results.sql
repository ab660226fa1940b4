-- What became of the rows that reached something, and of those that could not be mapped.
with reached as (
    select
        source_table,
        source_id,
        null as reason
    from {{ ref('transactions') }}
    union all
    select
        'staging_binance.raw_' || sightings.source_stream as source_table,
        sightings.source_id,
        null as reason
    from {{ ref('int_binance__transfer_sightings') }} as sightings
    inner join {{ ref('int_binance__transfers') }} as transfers
        on
            sightings.owner_id = transfers.owner_id
            and sightings.environment = transfers.environment
            and sightings.tran_id = transfers.tran_id
    union all
    select
        source_table,
        source_id,
        null as reason
    from {{ ref('int_positions') }}
    where is_usable
    union all
    {%- for venue in ['binance', 'fireblocks'] %}
        select
            'staging_{{ venue }}.raw_control_totals' as source_table,
            source_id,
            null as reason
        from {{ ref('stg_' ~ venue ~ '__control_totals') }}
        where error_reason is null
        union all
    {%- endfor %}
    select
        source_table,
        source_id,
        reason
    from {{ ref('int_records_without_legs') }}
),

failed as (
    select
        source_table,
        source_id,
        reason
    from {{ ref('int_unmapped_records') }}
    union all
    select
        source_table,
        source_id,
        coalesce(error_reason, 'the reading is not whole') as reason
    from {{ ref('int_positions') }}
    where not is_usable
)

select
    source_table,
    source_id,
    false as is_error,
    min(reason) as reason
from reached
group by source_table, source_id
union all
select
    source_table,
    source_id,
    true as is_error,
    min(reason) as reason
from failed
group by source_table, source_id
