-- Why a balance that the venue tells of a block cannot be believed.
with cells as (
    select * from {{ ref('int_cell_ends') }}
    where cut_axis = 'height'
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
        legs.cut_axis = 'height'
        and legs.status = 'completed'
        and legs.cut_value > cells.closing_cut_value
        and legs.bracket_end + {{ fireblocks_lag() }} < cells.closing_taken_at
    group by cells.interval_id, cells.asset, cells.component, legs.cut_value
    having sum(legs.amount) <> 0
)

select
    interval_id,
    asset,
    component,
    'height_runs_back' as reason
from cells
where closing_cut_value < opening_cut_value
union all
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
        and unmined.taken_at in (cells.opening_taken_at, cells.closing_taken_at)
union all
select
    interval_id,
    asset,
    component,
    'balance_behind_its_records' as reason
from behind
