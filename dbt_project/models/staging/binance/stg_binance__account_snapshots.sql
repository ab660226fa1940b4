with source as (
    {{ newest_readings(source('staging_binance', 'raw_account_snapshots')) }}
),

lists as (
    select
        source_id,
        {{ to_list("balances #> '{data,balances}'") }} as entries
    from source
),

cells as (
    select
        lists.source_id,
        entry ->> 'asset' as asset,
        'balance' as component,
        sum({{ to_number("entry ->> 'free'") }} + {{ to_number("entry ->> 'locked'") }}) as amount,
        bool_or(
            {{ to_number("entry ->> 'free'") }} is null or {{ to_number("entry ->> 'locked'") }} is null
        ) as has_no_number
    from lists
    cross join lateral jsonb_array_elements(lists.entries) as entry
    group by lists.source_id, entry ->> 'asset'
),

renamed as (
    select
        {{ reading_header() }},
        cells.asset,
        cells.component,
        cells.amount,
        {{ error_reason({
            "lists.entries is null": "the list of balances is missing",
            "cells.source_id is not null and cells.asset is null": "asset is missing",
            "cells.has_no_number": "an amount is no number",
        }) }} as error_reason
    from source
    inner join lists
        on source.source_id = lists.source_id
    left join cells
        on source.source_id = cells.source_id
)

select * from renamed
