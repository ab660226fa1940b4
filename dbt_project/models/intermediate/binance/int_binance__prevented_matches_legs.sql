-- What a match of mode TRANSFER moved to or from the account instead of a trade, without a commission. Within
-- one account nothing moves, and any other mode does nothing but end orders.
with own_sides as (
    select
        match_record_id,
        count(*) as orders,
        min(side) as side,
        min(quantity) as quantity
    from {{ ref('int_binance__prevented_sides') }}
    group by match_record_id
),

matches as (
    select
        matches.*,
        symbols.base_asset,
        symbols.quote_asset,
        own_sides.quantity,
        case
            when matches.prevention_mode <> 'TRANSFER' or own_sides.orders = 2 then 0
            when own_sides.side = 'BUY' then 1
            when own_sides.side = 'SELL' then -1
        end as sign
    from {{ ref('stg_binance__prevented_matches') }} as matches
    left join own_sides
        on matches.record_id = own_sides.match_record_id
    left join {{ ref('int_binance__symbols') }} as symbols
        on
            matches.environment = symbols.environment
            and matches.symbol = symbols.symbol
    where matches.error_reason is null
),

legs as (
    select
        matches.*,
        leg.*,
        'spot' as wallet,
        matches.prevented_at as occurred_at
    from matches
    inner join lateral (
        values
        ('base', matches.base_asset, matches.sign * matches.quantity),
        ('quote', matches.quote_asset, -matches.sign * matches.quantity * matches.price)
    ) as leg (leg_role, asset, amount) on true
)

{{ binance_legs(
    'legs', 'prevented_matches',
    type="'transfer'",
    subtype="'prevented_match'",
    is_exact='true',
    symbol='symbol',
    price='price',
    unmapped_because="'the order of the account, its side or its symbol is not known'"
) }}
