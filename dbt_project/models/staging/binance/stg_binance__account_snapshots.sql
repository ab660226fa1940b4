with source as (
    {{ readings(source('staging_binance', 'raw_account_snapshots')) }}
)

select * from source
