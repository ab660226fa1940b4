-- Free and locked of the spot wallet are told by the account, freeze and withdrawing by the user assets.
with source as (
    {{ newest_readings(source('staging_binance', 'raw_live_captures')) }}
),

lists as (
    select
        source.source_id,
        list.fields,
        {{ to_list('list.entries') }} as entries
    from source
    inner join lateral (
        values
        ('spot', source.balances #> '{account,balances}', array['free', 'locked']),
        ('spot', source.balances -> 'user_assets', array['freeze', 'withdrawing']),
        ('funding', source.balances -> 'funding_assets', array['free', 'locked', 'freeze', 'withdrawing'])
    ) as list (wallet, entries, fields) on true
    where list.wallet = source.wallet
),

amounts as (
    select
        lists.source_id,
        field,
        entry ->> 'asset' as asset,
        case field when 'withdrawing' then 'in_transit' else 'balance' end as component,
        {{ to_number("entry ->> field") }} as amount
    from lists
    cross join lateral jsonb_array_elements(lists.entries) as entry
    cross join lateral unnest(lists.fields) as field
),

cells as (
    select
        source_id,
        asset,
        component,
        sum(amount) as amount,
        coalesce(sum(amount) filter (where field = 'freeze'), 0) as freeze_amount,
        bool_or(amount is null) as has_no_number
    from amounts
    group by source_id, asset, component
),

missing as (
    select
        source.source_id,
        count(lists.source_id) = 0 or bool_or(lists.entries is null) as is_missing
    from source
    left join lists
        on source.source_id = lists.source_id
    group by source.source_id
),

renamed as (
    select
        {{ reading_header() }},
        cells.asset,
        cells.component,
        cells.amount,
        cells.freeze_amount,
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
