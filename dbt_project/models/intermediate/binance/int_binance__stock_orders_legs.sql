-- An order of which nothing was filled has moved nothing: what is set aside for it is still owned. Of what
-- was filled, no record tells which wallet has paid, when it did, or under which name the stock is held.
with orders as (
    select
        *,
        case
            when filled_quantity = 0 and status_code in ('NEW', 'ACCEPTED') then 'pending'
            when filled_quantity = 0 and status_code in ('CANCELED', 'EXPIRED', 'REJECTED') then 'failed'
            when filled_quantity <> 0 and status_code in ('FILLED', 'PARTIALLY_FILLED', 'CANCELED', 'EXPIRED')
                then 'completed'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__stock_orders') }}
    where error_reason is null
),

legs as (
    select
        *,
        'quote' as leg_role,
        quote_asset as asset,
        case when record_status in ('pending', 'failed') then 'funding' end as wallet,
        case when record_status in ('pending', 'failed') then 0 end as amount,
        ordered_at as occurred_at
    from orders
)

{{ binance_legs(
    'legs', 'stock_orders',
    type="case record_status when 'unknown' then 'unknown' else 'trade' end",
    subtype='lower(side)',
    status='record_status',
    symbol='symbol',
    price='filled_price',
    unmapped_because="'no record tells which wallet has paid for a stock, or was paid'"
) }}
