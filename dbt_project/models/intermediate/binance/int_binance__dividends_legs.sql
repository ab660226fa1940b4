-- Airdrops, rewards and refunds: into spot (direction 1, or none as in older rows) or out of it (-1).
with legs as (
    select
        *,
        'payment' as leg_role,
        'spot' as wallet,
        paid_at as occurred_at,
        case when direction = '-1' then -paid_amount else paid_amount end as amount,
        coalesce(direction, '1') in ('1', '-1') as is_known
    from {{ ref('stg_binance__dividends') }}
    where error_reason is null
)

{{ binance_legs(
    'legs', 'dividends',
    type="case when is_known then 'reward' else 'unknown' end",
    subtype='info'
) }}
