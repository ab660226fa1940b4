with source as (
    {{ readings(source('staging_fireblocks', 'raw_live_captures')) }}
)

select * from source
