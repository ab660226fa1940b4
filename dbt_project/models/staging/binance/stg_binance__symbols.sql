-- Every archived list counts here, not only the newest: what a list no longer shows is the point.
with source as (
    {{ all_versions(source('staging_binance', 'raw_symbols')) }}
),

renamed as (
    select
        source.source_id,
        source.environment,
        source.observed_at,
        entry ->> 'symbol' as symbol,
        entry ->> 'baseAsset' as base_asset,
        entry ->> 'quoteAsset' as quote_asset,
        entry ->> 'status' as status_code
    from source
    cross join lateral jsonb_array_elements({{ to_list('source.raw_payload') }}) as entry
)

select * from renamed
