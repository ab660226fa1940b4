-- The overview of all wallets that was read first beside the captures of each day, where it can be read.
with readings as (
    select
        *,
        {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as account_id,
        dense_rank() over (
            partition by owner_id, environment, account_ref, closes_day order by taken_at, source_id
        ) as nth,
        bool_or(error_reason is not null) over (partition by source_id) as is_unreadable
    from {{ ref('stg_binance__control_totals') }}
)

-- Whether the overview too shows flexible earn as tokens of spot is not known; the earn wallet tells it.
select
    readings.source_id,
    readings.owner_id,
    readings.account_id,
    readings.closes_day as day,
    readings.taken_at,
    readings.wallet_name,
    readings.total_amount,
    readings.asset,
    readings.balance_amount,
    readings.in_transit_amount
from readings
left join {{ ref('int_binance__earn_tokens') }} as tokens
    on
        readings.environment = tokens.environment
        and readings.asset = tokens.token
        and readings.wallet_name = 'Spot'
where readings.nth = 1 and not readings.is_unreadable and tokens.token is null
