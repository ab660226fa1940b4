-- One row per match that was prevented and order of the account that was in it. A match tells both orders and
-- no account, so that only the list of orders says which of them is the account's, and on which side it was.
with sides as (
    select
        matches.*,
        side.order_id,
        side.quantity
    from {{ ref('stg_binance__prevented_matches') }} as matches
    inner join lateral (
        values
        (matches.taker_order_id, matches.taker_quantity),
        (matches.maker_order_id, matches.maker_quantity)
    ) as side (order_id, quantity) on true
    where matches.error_reason is null
)

select
    sides.record_id as match_record_id,
    orders.record_id as order_record_id,
    orders.side,
    sides.quantity
from sides
inner join {{ ref('stg_binance__spot_orders') }} as orders
    on
        sides.owner_id = orders.owner_id
        and sides.environment = orders.environment
        and sides.account_ref = orders.account_ref
        and sides.symbol = orders.symbol
        and sides.order_id = orders.order_id
where orders.error_reason is null
