-- Books begin with what was seen: a cell enters at its first known opening, and every completed leg after
-- that opening is booked on its UTC day, up to the last day that a capture of the group closes.
with openings as (
    select distinct on (ends.account_id, ends.wallet, ends.asset, ends.component)
        accounts.location_group_id,
        ends.account_id,
        ends.venue,
        ends.wallet,
        ends.asset,
        ends.component,
        ends.opening_amount,
        ends.opening_taken_at,
        ends.opening_cut_value,
        ends.cut_axis,
        ends.first_day
    from {{ ref('int_cell_ends') }} as ends
    inner join {{ ref('accounts') }} as accounts
        on ends.account_id = accounts.account_id
    where
        ends.kind = 'live_capture'
        and ends.opening_amount is not null
        and accounts.location_group_id is not null
    order by ends.account_id asc, ends.wallet asc, ends.asset asc, ends.component asc, ends.first_day asc
),

closed as (
    select
        accounts.location_group_id,
        max(captures.as_of_date) as last_day
    from {{ ref('captures') }} as captures
    inner join {{ ref('accounts') }} as accounts
        on captures.account_id = accounts.account_id
    where
        captures.kind = 'live_capture'
        and captures.is_closing
        and accounts.location_group_id is not null
    group by accounts.location_group_id
),

brought_in as (
    select
        location_group_id,
        venue,
        asset,
        component,
        -- The opening capture closes the day before the first that it opens.
        first_day - 1 as day,
        'brought_in' as type,
        opening_amount as amount,
        false as is_leg
    from openings
),

moved as (
    select
        openings.location_group_id,
        openings.venue,
        openings.asset,
        openings.component,
        -- What was made before the opening and mined after it is booked when the books are open.
        greatest(legs.occurred_on, openings.first_day) as day,
        case
            when legs.type in ('deposit', 'withdrawal', 'trade', 'transfer', 'fee') then legs.type
            else 'other'
        end as type,
        legs.amount,
        true as is_leg
    from openings
    inner join {{ ref('transactions') }} as legs
        on
            openings.account_id = legs.account_id
            and openings.wallet = legs.wallet
            and openings.asset = legs.asset
            and openings.component = legs.component
    where
        legs.status = 'completed'
        and legs.type <> 'unknown'
        and case
            when openings.cut_axis = 'height' and legs.cut_axis = 'height'
                then legs.cut_value > openings.opening_cut_value
            else legs.occurred_at >= openings.opening_taken_at
        end
),

entries as (
    select * from brought_in
    union all
    select * from moved
)

select
    entries.*,
    closed.last_day
from entries
inner join closed
    on
        entries.location_group_id = closed.location_group_id
        and entries.day <= closed.last_day
