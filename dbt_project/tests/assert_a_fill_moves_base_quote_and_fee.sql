{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}
-- depends_on: {{ ref('wallet_days') }}

-- Each fill that could be mapped has its legs and no other, and what was bought is what was read. A fill that
-- landed while the build was running waits for the next one.
select
    trades.record_id,
    count(legs.transaction_id) as leg_count
from {{ ref('stg_binance__spot_trades') }} as trades
inner join {{ ref('int_binance__symbols') }} as symbols
    on
        trades.environment = symbols.environment
        and trades.symbol = symbols.symbol
left join {{ ref('transactions') }} as legs
    on trades.record_id = legs.record_id
where
    trades.error_reason is null
    and trades.recorded_at < '{{ run_started_at }}'
group by trades.record_id, trades.base_amount, trades.quote_amount, trades.commission_amount
having
    coalesce(sum(abs(legs.amount)), 0)
    <> trades.base_amount + trades.quote_amount + abs(trades.commission_amount)
