-- Every archived list counts here, not only the newest: a coin that was delisted stays known.
with source as (
    {{ all_versions(source('staging_binance', 'raw_coins')) }}
),

renamed as (
    select
        source.source_id,
        source.environment,
        source.observed_at,
        entry ->> 'coin' as asset,
        entry ->> 'name' as name
    from source
    cross join lateral jsonb_array_elements({{ to_list('source.raw_payload') }}) as entry
)

select * from renamed
