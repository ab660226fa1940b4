{{ config(materialized='table') }}

-- Wallets that are there and that no capture tells of: those of a sub-account which only a key of its own
-- could read, those in which the overview of all wallets shows something, and those of which no attempt at a
-- capture was whole. A chain that begins takes over.
with by_master as (
    select
        reader_id,
        min(day) + 1 as first_day,
        max(day) as last_day
    from {{ ref('int_attempts') }}
    where is_by_master
    group by reader_id
),

-- Where the master was answered that the sub-account has no such wallet, there is none.
asked as (
    select
        reader_id,
        wallet,
        min(day) filter (where reason is distinct from 'not_enabled') + 1 as first_day
    from {{ ref('int_attempts') }}
    where is_by_master and wallet is not null
    group by reader_id, wallet
),

wallets as (
    select distinct unnest(wallets) as wallet
    from {{ source('coverage', 'streams') }}
    where venue = 'binance'
),

claims as (
    select
        by_master.reader_id as account_id,
        wallets.wallet,
        case when asked.reader_id is null then by_master.first_day else asked.first_day end as first_day,
        by_master.last_day,
        'sub_account_without_key' as reason
    from by_master
    cross join wallets
    left join asked
        on
            by_master.reader_id = asked.reader_id
            and wallets.wallet = asked.wallet
    union all
    select
        account_id,
        wallet,
        min(day) as first_day,
        max(day) as last_day,
        'wallet_not_captured' as reason
    from {{ ref('int_binance__control_totals') }}
    where state = 'not_captured'
    group by account_id, wallet
    union all
    select
        account_id,
        wallet,
        first_day,
        last_day,
        'wallet_not_captured' as reason
    from {{ ref('int_uncaptured_wallets') }}
),

chains as (
    select
        account_id,
        split_part(wallet, ':', 1) as wallet,
        min(first_day) as first_day
    from {{ ref('int_intervals') }}
    group by account_id, split_part(wallet, ':', 1)
),

-- No day of a wallet is left out between two claims, nor before its chain.
joined as (
    select
        claims.account_id,
        claims.wallet,
        claims.first_day,
        greatest(
            claims.last_day,
            lead(claims.first_day) over (
                partition by claims.account_id, claims.wallet order by claims.first_day
            ) - 1,
            chains.first_day - 1
        ) as last_day,
        claims.reason
    from claims
    left join chains
        on
            claims.account_id = chains.account_id
            and claims.wallet = chains.wallet
)

select distinct
    accounts.owner_id,
    accounts.account_id,
    accounts.venue,
    joined.wallet,
    claimed.day::date as day,
    joined.reason
from joined
inner join {{ ref('accounts') }} as accounts
    on joined.account_id = accounts.account_id
inner join lateral generate_series(
    joined.first_day::timestamp, joined.last_day::timestamp, interval '1 day'
) as claimed (day) on true
where
    not exists (
        select from {{ ref('int_intervals') }} as intervals
        where
            intervals.account_id = joined.account_id
            and split_part(intervals.wallet, ':', 1) = joined.wallet
            and claimed.day::date between intervals.first_day and intervals.last_day
    )
