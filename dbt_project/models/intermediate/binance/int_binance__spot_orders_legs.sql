-- An order moves nothing itself. But of one that may be transferred against (both sides have to be of mode
-- TRANSFER) the matches known must add up to what was prevented: else some are missing, and both of its
-- assets may have moved.
with matched as (
    select
        order_record_id,
        sum(quantity) as quantity
    from {{ ref('int_binance__prevented_sides') }}
    group by order_record_id
),

orders as (
    select
        orders.*,
        symbols.base_asset,
        symbols.quote_asset,
        orders.prevention_mode = 'TRANSFER'
        and orders.prevented_quantity <> coalesce(matched.quantity, 0) as is_missing_some
    from {{ ref('stg_binance__spot_orders') }} as orders
    left join matched
        on orders.record_id = matched.order_record_id
    left join {{ ref('int_binance__symbols') }} as symbols
        on
            orders.environment = symbols.environment
            and orders.symbol = symbols.symbol
    where orders.error_reason is null
),

legs as (
    select
        orders.*,
        leg.*,
        'spot' as wallet,
        case when not orders.is_missing_some then 0 end as amount,
        orders.ordered_at as occurred_at
    from orders
    inner join lateral (
        values
        ('base', orders.base_asset),
        ('quote', orders.quote_asset)
    ) as leg (leg_role, asset) on true
    where orders.is_missing_some or leg.asset is not null
)

{{ binance_legs(
    'legs', 'spot_orders',
    type="'transfer'",
    subtype="'order'",
    is_exact='true',
    symbol='symbol',
    unmapped_because="'the matches known of the order are not all that were prevented'"
) }}
