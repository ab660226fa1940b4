-- Bought from or sold to another user, against fiat that never passes through the account. createTime is the
-- only time: all that is known is between which reads the order was completed. The fee is that of our role.
with orders as (
    select
        orders.*,
        reads.first_closed_at,
        'funding' as wallet,
        coalesce(reads.last_open_at, orders.created_at) as last_open_at,
        case orders.side when 'BUY' then 1 when 'SELL' then -1 end as direction,
        case orders.role
            when 'TAKER' then orders.taker_fee_amount
            else orders.maker_fee_amount
        end as fee_amount,
        case
            when orders.side is null or orders.side not in ('BUY', 'SELL') then 'unknown'
            when orders.status_code = 'COMPLETED' then 'completed'
            when orders.status_code in ('PENDING', 'TRADING', 'BUYER_PAYED', 'DISTRIBUTING', 'IN_APPEAL')
                then 'pending'
            when orders.status_code in ('CANCELLED', 'CANCELLED_BY_SYSTEM') then 'failed'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__c2c_orders') }} as orders
    left join {{ ref('int_binance__c2c_order_reads') }} as reads
        on orders.record_id = reads.record_id
    where orders.error_reason is null
),

legs as (
    select
        orders.*,
        leg.*,
        case orders.record_status
            when 'completed' then orders.last_open_at
            else orders.created_at
        end as occurred_at
    from orders
    inner join lateral (
        values
        ('trade', coalesce(orders.direction, 1) * orders.traded_amount, 'trade'),
        ('fee', -orders.fee_amount, 'fee')
    ) as leg (leg_role, amount, kind) on true
)

{{ binance_legs(
    'legs', 'c2c_orders',
    type="case record_status when 'unknown' then 'unknown' else kind end",
    subtype="case kind when 'fee' then 'c2c_commission' else lower(side) end",
    status='record_status',
    bracket_start='occurred_at',
    bracket_end='first_closed_at',
    counterparty='counterparty',
    price='price'
) }}
