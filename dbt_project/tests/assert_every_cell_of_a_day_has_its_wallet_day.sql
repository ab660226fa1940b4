{{ config(meta={'dagster': {'ref': {'name': 'wallet_days'}}}) }}

select
    verdicts.account_id,
    verdicts.wallet,
    verdicts.day
from {{ ref('verdicts') }} as verdicts
left join {{ ref('wallet_days') }} as wallet_days
    on
        verdicts.account_id = wallet_days.account_id
        and verdicts.wallet = wallet_days.wallet
        and verdicts.day = wallet_days.day
where wallet_days.day is null or (wallet_days.verdict = 'complete' and verdicts.verdict <> 'complete')
