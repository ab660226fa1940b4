{{ refused_records(source('staging_binance', 'quarantine')) }}
