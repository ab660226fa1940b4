-- From the first to the last of its days none is missing, whatever could be read.
select
    account_id,
    wallet
from {{ ref('wallet_days') }}
group by account_id, wallet
having count(*) <> max(day) - min(day) + 1
