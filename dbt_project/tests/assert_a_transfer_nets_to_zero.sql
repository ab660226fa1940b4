{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}
-- depends_on: {{ ref('wallet_days') }}

-- Where both sides are accounts of ours, what leaves the one arrives at the other.
select
    event_id,
    asset,
    sum(amount) as net_amount
from {{ ref('transactions') }}
where type = 'transfer'
group by event_id, asset
having count(*) > 1 and sum(amount) <> 0
