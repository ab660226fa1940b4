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
        interval_id,
        asset,
        component,
        reason
    from {{ ref('int_height_reasons') }}
    union all
    select
        cells.interval_id,
        cells.asset,
        cells.component,
        records.reason
    from cells
    inner join {{ ref('int_interval_unmapped_records') }} as records
        on
            cells.interval_id = records.interval_id
            and cells.asset = records.asset
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
