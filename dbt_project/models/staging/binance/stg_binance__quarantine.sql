with source as (
    select
        quarantine.*,
        data_sources.owner_id,
        data_sources.environment
    from {{ source('staging_binance', 'quarantine') }} as quarantine
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
