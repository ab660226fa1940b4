{{ config(materialized='table') }}

-- A transfer is the record (venue, tranId), whichever key or endpoint saw it: each field is filled by the
-- first sighting that has it, in the order of the endpoints and then of the data sources. How it stands is
-- told by the newest one.
{% set fields = [
    'data_source_id', 'reader_ref', 'source_stream', 'source_raw_id', 'source_id', 'recorded_at', 'asset',
    'amount', 'transferred_at', 'from_ref', 'from_wallet', 'to_ref', 'to_wallet'
] %}

with sightings as (
    select
        sightings.*,
        row_number() over (
            partition by sightings.owner_id, sightings.environment, sightings.tran_id
            order by sightings.preference, data_sources.created_at, sightings.source_id
        ) as nth
    from {{ ref('int_binance__transfer_sightings') }} as sightings
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on sightings.data_source_id = data_sources.id
),

merged as (
    select
        owner_id,
        environment,
        tran_id,
        {%- for field in fields %}
            (array_agg({{ field }} order by nth) filter (where {{ field }} is not null))[1] as {{ field }},
        {%- endfor %}
        (array_agg(status_code order by recorded_at desc, nth asc) filter (where status_code is not null))[1]
            as status_code,
        bool_or(is_from_unmapped) as is_from_unmapped,
        bool_or(is_to_unmapped) as is_to_unmapped,
        min(reader_ref) filter (where is_from_unmapped or is_to_unmapped) as unmapped_reader_ref,
        min(source_id) filter (where is_from_unmapped or is_to_unmapped) as unmapped_source_id
    from sightings
    group by owner_id, environment, tran_id
)

select
    {{ record_id('binance', 'transfers', account_ref="'family'", source_raw_id='tran_id') }} as record_id,
    *,
    'staging_binance.raw_' || source_stream as source_table,
    case
        when status_code in ('CONFIRMED', 'SUCCESS') then 'completed'
        when status_code in ('PENDING', 'PROCESS', 'INIT') then 'pending'
        when status_code in ('FAILED', 'FAILURE') then 'failed'
        else 'unknown'
    end as record_status
from merged
