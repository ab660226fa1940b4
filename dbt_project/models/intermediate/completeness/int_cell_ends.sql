{{ config(materialized='table', indexes=[
    {'columns': ['account_id', 'wallet', 'asset', 'component']},
    {'columns': ['interval_id']},
]) }}

-- What was observed at both ends. Binance: what a whole capture leaves out is zero. Fireblocks: a wallet made
-- after a capture was zero at it, at height 0; what else is missing is unknown.
with positions as (
    select * from {{ ref('position_snapshots') }}
),

wallets_made as (
    select
        account_id,
        asset,
        min(wallet_created_at) as wallet_created_at
    from positions
    where venue = 'fireblocks'
    group by account_id, asset
),

cells as (
    select
        intervals.*,
        cells.asset,
        cells.component,
        openings.amount as opening_told,
        openings.cut_axis as opening_axis,
        openings.cut_value as opening_at,
        closings.amount as closing_told,
        closings.cut_axis as closing_axis,
        closings.cut_value as closing_at,
        coalesce(axes.cut_axis, 'time') as usual_axis,
        intervals.venue = 'binance'
        or coalesce(wallets_made.wallet_created_at > intervals.opening_taken_at, false) as is_zero_at_opening,
        intervals.venue = 'binance'
        or coalesce(wallets_made.wallet_created_at > intervals.closing_taken_at, false) as is_zero_at_closing
    from {{ ref('int_interval_cells') }} as cells
    inner join {{ ref('int_intervals') }} as intervals
        on cells.interval_id = intervals.interval_id
    left join positions as openings
        on
            intervals.account_id = openings.account_id
            and intervals.wallet = openings.wallet
            and intervals.kind = openings.kind
            and intervals.opening_taken_at = openings.taken_at
            and cells.asset = openings.asset
            and cells.component = openings.component
    left join positions as closings
        on
            intervals.account_id = closings.account_id
            and intervals.wallet = closings.wallet
            and intervals.kind = closings.kind
            and intervals.closing_taken_at = closings.taken_at
            and cells.asset = closings.asset
            and cells.component = closings.component
    left join wallets_made
        on
            intervals.account_id = wallets_made.account_id
            and cells.asset = wallets_made.asset
    left join {{ ref('int_fireblocks__wallet_axes') }} as axes
        on
            intervals.account_id = axes.account_id
            and cells.asset = axes.asset
),

decided as (
    select
        *,
        coalesce(opening_told, case when is_zero_at_opening then 0 end) as opening_amount,
        case
            when closing_taken_at is not null
                then coalesce(closing_told, case when is_zero_at_closing then 0 end)
        end as observed_amount,
        coalesce(opening_axis <> closing_axis, false) as is_axis_different,
        case
            when opening_axis <> closing_axis then 'time'
            else coalesce(closing_axis, opening_axis, usual_axis)
        end as cut_axis
    from cells
)

select
    interval_id,
    owner_id,
    account_id,
    venue,
    reader_id,
    wallet,
    kind,
    asset,
    component,
    first_day,
    last_day,
    opening_taken_at,
    opening_ended_at,
    closing_taken_at,
    closing_ended_at,
    cut_axis,
    case
        when cut_axis = 'time' then {{ epoch_ms('opening_taken_at') }}
        else coalesce(opening_at, case when is_zero_at_opening then 0 end)
    end as opening_cut_value,
    case
        when cut_axis = 'time' then {{ epoch_ms('closing_taken_at') }}
        else coalesce(closing_at, case when is_zero_at_closing then 0 end)
    end as closing_cut_value,
    opening_amount,
    observed_amount,
    is_axis_different
from decided
