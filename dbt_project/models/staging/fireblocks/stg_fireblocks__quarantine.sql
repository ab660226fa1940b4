{{ refused_records(source('staging_fireblocks', 'quarantine')) }}
