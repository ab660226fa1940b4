-- Coins bought (0) or sold (1) for fiat, by the list that they stand in. Only a purchase says how it was
-- paid: from the balance in fiat, or from outside. What a sale brings is taken to come into that balance.
with payments as (
    select
        *,
        case transaction_type when '0' then 1 when '1' then -1 end as side,
        case
            when transaction_type not in ('0', '1') then 'unknown'
            when status_code = 'Completed' then 'completed'
            when status_code = 'Processing' then 'pending'
            when status_code in ('Failed', 'Refunded') then 'failed'
            else 'unknown'
        end as record_status,
        coalesce(updated_at, created_at) as occurred_at
    from {{ ref('stg_binance__fiat_payments') }}
    where error_reason is null
),

legs as (
    select
        payments.*,
        leg.*,
        'spot' as wallet
    from payments
    inner join lateral (
        values
        ('coin', payments.coin, coalesce(payments.side, 1) * payments.coin_amount, true),
        (
            'fiat',
            payments.fiat_asset,
            -coalesce(payments.side, 1) * payments.fiat_amount,
            payments.transaction_type = '1' or payments.method = 'Cash Balance'
        )
    ) as leg (leg_role, asset, amount, is_ours) on true
    where coalesce(leg.is_ours, false)
)

{{ binance_legs(
    'legs', 'fiat_payments',
    type="case record_status when 'unknown' then 'unknown' else 'trade' end",
    subtype="case side when 1 then 'fiat_buy' when -1 then 'fiat_sell' end",
    status='record_status',
    network='method',
    price='price'
) }}
