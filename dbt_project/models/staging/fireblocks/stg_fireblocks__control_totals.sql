-- What the venue itself holds over all vault accounts of a workspace, asset by asset.
with source as (
    {{ newest_readings(source('staging_fireblocks', 'raw_control_totals')) }}
),

assets as (
    select
        source.source_id,
        entry ->> 'id' as asset,
        {{ to_number("entry ->> 'total'") }} as total_amount
    from source
    inner join lateral jsonb_array_elements({{ to_list("source.balances -> 'assets'") }}) as entry on true
),

renamed as (
    select
        {{ reading_header() }},
        assets.asset,
        assets.total_amount,
        {{ error_reason({
            "assets.source_id is not null and assets.asset is null": "an asset has no id",
            "assets.source_id is not null and assets.total_amount is null": "total is no number",
        }) }} as error_reason
    from source
    left join assets
        on source.source_id = assets.source_id
)

select * from renamed
