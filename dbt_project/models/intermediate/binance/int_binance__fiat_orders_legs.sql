-- Deposits (0) and withdrawals (1) of fiat, by the list that they stand in. What is settled counts from its
-- last change on; until then the amount is still in the wallet.
with orders as (
    select
        *,
        'payment' as leg_role,
        'spot' as wallet,
        case
            when transaction_type not in ('0', '1') then 'unknown'
            when status_code in ('Successful', 'Finished') then 'completed'
            when status_code = 'Processing' then 'pending'
            when status_code in ('Failed', 'Expired') then 'failed'
            else 'unknown'
        end as record_status,
        coalesce(updated_at, created_at) as occurred_at,
        case transaction_type when '1' then -moved_amount else moved_amount end as amount
    from {{ ref('stg_binance__fiat_orders') }}
    where error_reason is null
)

{{ binance_legs(
    'orders', 'fiat_orders',
    type="case when record_status = 'unknown' then 'unknown' when transaction_type = '0' then 'deposit'
        else 'withdrawal' end",
    subtype="'fiat'",
    status='record_status',
    network='method'
) }}
