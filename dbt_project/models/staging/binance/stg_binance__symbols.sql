-- Every archived list counts here, not only the newest: what a list no longer shows is the point.
with lists as (
    select
        raw.id as source_id,
        data_sources.environment,
        requests.observed_at,
        case
            when jsonb_typeof(raw.raw_payload) = 'array' then raw.raw_payload
            else raw.raw_payload -> 'symbols'
        end as symbols
    from {{ source('staging_binance', 'raw_symbols') }} as raw
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on raw.data_source_id = data_sources.id
    inner join {{ source('coverage', 'requests') }} as requests
        on raw.request_id = requests.id
),

listed as (
    select
        lists.source_id,
        lists.environment,
        lists.observed_at,
        entry ->> 'symbol' as symbol,
        entry ->> 'baseAsset' as base_asset,
        entry ->> 'quoteAsset' as quote_asset,
        entry ->> 'status' as status_code
    from lists
    cross join lateral jsonb_array_elements(lists.symbols) as entry
)

select * from listed
