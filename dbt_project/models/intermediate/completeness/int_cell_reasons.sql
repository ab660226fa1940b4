{{ config(materialized='table', indexes=[{'columns': ['interval_id', 'asset', 'component']}]) }}

-- Why one cell cannot be proven over an interval, beside what holds for its whole wallet.
with seen as (
    select
        account_id,
        wallet,
        asset,
        component,
        min(taken_at) as first_seen_at
    from {{ ref('position_snapshots') }}
    group by account_id, wallet, asset, component
),

cells as (
    select
        ends.*,
        coalesce(movements.is_ambiguous, false) as is_ambiguous,
        coalesce(movements.is_without_block, false) as is_without_block,
        coalesce(movements.is_on_other_axis, false) as is_on_other_axis,
        coalesce(seen.first_seen_at <= ends.opening_taken_at, false) as was_seen_before
    from {{ ref('int_cell_ends') }} as ends
    left join {{ ref('int_cell_movements') }} as movements
        on
            ends.interval_id = movements.interval_id
            and ends.asset = movements.asset
            and ends.component = movements.component
    left join seen
        on
            ends.account_id = seen.account_id
            and ends.wallet = seen.wallet
            and ends.asset = seen.asset
            and ends.component = seen.component
),

-- What the venue calls pending can only be the incoming legs that are mined and not yet confirmed.
unmined as (
    select
        positions.account_id,
        positions.asset,
        positions.taken_at
    from {{ ref('position_snapshots') }} as positions
    left join {{ ref('transactions') }} as legs
        on
            positions.account_id = legs.account_id
            and positions.asset = legs.asset
            and positions.cut_value >= legs.cut_value
            and coalesce(positions.taken_at < legs.bracket_end, true)
            and legs.status = 'completed'
            and legs.cut_axis = 'height'
            and legs.amount > 0
    where positions.cut_axis = 'height' and positions.pending_amount > 0
    group by positions.account_id, positions.asset, positions.taken_at, positions.pending_amount
    having positions.pending_amount > coalesce(sum(legs.amount), 0)
),

-- A balance that stands at a block, long after a record of a later block was read closed, may stand for ever.
-- What nets to zero in its block need not move it.
behind as (
    select
        cells.interval_id,
        cells.asset,
        cells.component
    from cells
    inner join {{ ref('transactions') }} as legs
        on
            cells.account_id = legs.account_id
            and cells.wallet = legs.wallet
            and cells.asset = legs.asset
            and cells.component = legs.component
    where
        cells.cut_axis = 'height'
        and legs.cut_axis = 'height'
        and legs.status = 'completed'
        and legs.cut_value > cells.closing_cut_value
        and legs.bracket_end + {{ fireblocks_lag() }} < cells.closing_taken_at
    group by cells.interval_id, cells.asset, cells.component, legs.cut_value
    having sum(legs.amount) <> 0
),

coin_lists as (
    select distinct environment
    from {{ ref('stg_binance__coins') }}
),

-- Few or none: picked out first, or each interval would look through all cells for them.
named_like_tokens as materialized (
    select
        interval_id,
        asset,
        component
    from cells
    where venue = 'binance' and wallet = 'spot' and asset like 'LD%'
),

reasons as (
    {%- for condition, reason in {
        "opening_amount is null and was_seen_before": "wallet_absent",
        "opening_amount is null and not was_seen_before": "opening_missing",
        "closing_taken_at is not null and observed_amount is null": "wallet_absent",
        "is_axis_different or is_on_other_axis": "axes_differ",
        "is_ambiguous and kind = 'live_capture'": "ambiguous_instant",
        "is_without_block": "completed_without_block",
        "cut_axis = 'height' and closing_cut_value < opening_cut_value": "height_runs_back",
    }.items() %}
        select
            interval_id,
            asset,
            component,
            '{{ reason }}' as reason
        from cells
        where {{ condition }}
        union all
    {%- endfor %}
    select
        cells.interval_id,
        cells.asset,
        cells.component,
        'pending_not_mined' as reason
    from cells
    inner join unmined
        on
            cells.account_id = unmined.account_id
            and cells.asset = unmined.asset
    where
        cells.cut_axis = 'height'
        and unmined.taken_at in (cells.opening_taken_at, cells.closing_taken_at)
    union all
    select
        interval_id,
        asset,
        component,
        'balance_behind_its_records' as reason
    from behind
    union all
    select
        cells.interval_id,
        cells.asset,
        cells.component,
        'unmapped_record: ' || records.stream as reason
    from cells
    inner join {{ ref('int_unmapped_records') }} as records
        on
            cells.reader_id = records.reader_id
            and cells.account_id = coalesce(records.account_id, cells.account_id)
            and cells.wallet = coalesce(records.wallet, cells.wallet)
            and cells.asset = records.asset
    where
        coalesce(records.from_at <= coalesce(cells.closing_ended_at, 'infinity'), true)
        and coalesce(records.until_at >= cells.opening_taken_at, true)
    union all
    -- Nothing tells a token of flexible earn, which is a cell of that wallet, from a coin of this name.
    select
        cells.interval_id,
        cells.asset,
        cells.component,
        'no_list_of_coins' as reason
    from named_like_tokens as cells
    inner join {{ ref('int_intervals') }} as intervals on cells.interval_id = intervals.interval_id
    left join coin_lists on intervals.environment = coin_lists.environment
    where coin_lists.environment is null
)

select distinct
    interval_id,
    asset,
    component,
    reason
from reasons
