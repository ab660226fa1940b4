-- A difference breaks nothing: the overview may be older or newer than the captures. It is there to be looked
-- at.
with control_totals as (
    select
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
        source_id
    from {{ ref('int_binance__control_totals') }}
    union all
    select
        owner_id,
        account_id,
        'fireblocks' as venue,
        'vault' as wallet,
        'vault accounts' as wallet_name,
        day,
        taken_at,
        asset,
        'balance' as component,
        captured_amount,
        told_amount,
        difference,
        null as total_amount,
        state,
        source_id
    from {{ ref('int_fireblocks__control_totals') }}
)

select
    {{ digest(["account_id::text", "day::text", "wallet_name", "coalesce(asset, '')", "component"]) }}
        as control_total_id,
    owner_id,
    account_id,
    venue,
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
    'staging_' || venue || '.raw_control_totals' as source_table,
    source_id
from control_totals
