-- What is subscribed leaves spot, funding or both; the position is in no wallet that is read.
with subscriptions as (
    select
        *,
        case status_code
            when 'SUCCESS' then 'completed'
            when 'PURCHASING' then 'pending'
            when 'FAILED' then 'failed'
            else 'unknown'
        end as record_status,
        case
            when source_account in ('SPOT', 'FUNDING', 'SPOTANDFUNDING') then source_account
        end as known_account
    from {{ ref('stg_binance__onchain_yield_subscriptions') }}
    where error_reason is null
),

legs as (
    select
        subscriptions.*,
        subscriptions.subscribed_at as occurred_at,
        part.leg_role,
        part.wallet,
        -part.amount as amount
    from subscriptions
    inner join lateral (
        values
        ('from_spot', 'spot', 'SPOT', subscriptions.subscribed_amount),
        ('from_funding', 'funding', 'FUNDING', subscriptions.subscribed_amount),
        ('from_spot', 'spot', 'SPOTANDFUNDING', subscriptions.amount_from_spot),
        ('from_funding', 'funding', 'SPOTANDFUNDING', subscriptions.amount_from_funding),
        ('from_unknown', null, null, subscriptions.subscribed_amount)
    ) as part (leg_role, wallet, source_account, amount) on true
    where subscriptions.known_account is not distinct from part.source_account
)

{{ binance_legs(
    'legs', 'onchain_yield_subscriptions',
    type="case record_status when 'unknown' then 'unknown' else 'stake' end",
    status='record_status',
    unmapped_because="'sourceAccount ' || coalesce(source_account, 'missing') || ' is no wallet we know'"
) }}
