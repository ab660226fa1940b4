{{ config(severity='warn') }}

-- The overview of all wallets may be older than the captures beside it, so people look at a difference.
select
    account_id,
    day,
    wallet_name,
    asset,
    component,
    state
from {{ ref('control_totals') }}
where state <> 'agrees'
