with source as (
    {{ newest_readings(source('staging_fireblocks', 'raw_live_captures')) }}
),

lists as (
    select
        source_id,
        {{ to_list("balances -> 'asset_wallets'") }} as entries
    from source
),

cells as (
    select
        lists.source_id,
        entry ->> 'assetId' as asset,
        'balance' as component,
        {{ to_number("entry ->> 'total'") }} as total_amount,
        {{ to_number("entry ->> 'pending'") }} as pending_amount,
        {{ fireblocks_height("entry ->> 'blockHeight'") }} as block_height,
        {{ to_instant("entry ->> 'creationTimestamp'") }} as wallet_created_at,
        count(*) over (partition by lists.source_id, entry ->> 'assetId') > 1 as is_repeated
    from lists
    cross join lateral jsonb_array_elements(lists.entries) as entry
),

renamed as (
    select
        {{ reading_header() }},
        cells.asset,
        cells.component,
        cells.total_amount,
        cells.pending_amount,
        cells.block_height,
        cells.wallet_created_at,
        {{ error_reason({
            "lists.entries is null": "the list of asset wallets is missing",
            "cells.source_id is not null and cells.asset is null": "assetId is missing",
            "cells.is_repeated": "a wallet is listed twice",
            "cells.source_id is not null and cells.total_amount is null": "total is no number",
            "cells.source_id is not null and cells.pending_amount is null": "pending is no number",
        }) }} as error_reason
    from source
    inner join lists
        on source.source_id = lists.source_id
    left join cells
        on source.source_id = cells.source_id
)

select * from renamed
