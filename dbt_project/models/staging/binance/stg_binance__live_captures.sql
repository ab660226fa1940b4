with source as (
    {{ readings(source('staging_binance', 'raw_live_captures')) }}
)

select * from source
