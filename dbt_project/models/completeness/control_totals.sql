-- A difference breaks nothing: the overview may be older than the captures. It is there to be looked at.
select
    {{ digest(["account_id::text", "day::text", "wallet_name", "coalesce(asset, '')", "component"]) }}
        as control_total_id,
    owner_id,
    account_id,
    'binance' as venue,
    wallet,
    wallet_name,
    day,
    taken_at,
    asset,
    component,
    captured_amount,
    told_amount,
    difference,
    total_amount,
    state,
    'staging_binance.raw_control_totals' as source_table,
    source_id
from {{ ref('int_binance__control_totals') }}
