-- Free and locked of the spot wallet are told by the account, freeze and withdrawing by the user assets.
with source as (
    {{ newest_readings(source('staging_binance', 'raw_live_captures')) }}
),

{{ binance_cells('source', binance_balance_lists()) }},

renamed as (
    select
        {{ reading_header() }},
        cells.asset,
        cells.component,
        cells.amount,
        cells.freeze_amount,
        cells.unrealised_amount,
        {{ error_reason({
            "missing.is_missing": "a list of balances is missing",
            "cells.source_id is not null and cells.asset is null": "asset is missing",
            "cells.has_no_number": "an amount is no number",
        }) }} as error_reason
    from source
    inner join missing
        on source.source_id = missing.source_id
    left join cells
        on source.source_id = cells.source_id
)

select * from renamed
