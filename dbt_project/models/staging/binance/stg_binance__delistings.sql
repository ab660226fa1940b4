-- Every archived schedule counts here, not only the newest: what is past is told by none that follows.
with source as (
    {{ all_versions(source('staging_binance', 'raw_delistings')) }}
),

renamed as (
    select
        source.source_id,
        source.environment,
        source.observed_at,
        symbol,
        {{ to_instant("entry ->> 'delistTime'") }} as delisted_at
    from source
    left join lateral jsonb_array_elements({{ to_list('source.raw_payload') }}) as entry on true
    left join lateral jsonb_array_elements_text({{ to_list("entry -> 'symbols'") }}) as symbol on true
)

select * from renamed
