{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}
-- depends_on: {{ ref('wallet_days') }}

select
    event_id,
    sum(amount) as left_in_transit
from {{ ref('transactions') }}
where source_stream = 'withdrawals' and component = 'in_transit'
group by event_id
having count(*) > 1 and sum(amount) <> 0
