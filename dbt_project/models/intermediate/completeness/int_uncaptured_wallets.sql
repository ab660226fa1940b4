{{ config(materialized='table') }}

-- Wallets that were never captured whole although it was tried, and from which day to which that may be said:
-- vault accounts that are listed or of which a part was read, and Binance wallets of an account whose others
-- were captured. What a chain covers is taken off by the reader of this.
with attempted as (
    select
        reader_id,
        min(day) as first_day,
        max(day) as last_day
    from {{ ref('int_attempts') }}
    group by reader_id
),

-- The days of a workspace, or of an account, begin after its first capture. Where nothing of a workspace was
-- captured yet, they begin after the first attempt.
begun as (
    select
        readers.reader_id,
        min(captures.as_of_date) + 1 as first_day
    from {{ ref('captures') }} as captures
    inner join {{ ref('int_readers') }} as readers
        on captures.account_id = readers.account_id
    where captures.is_closing
    group by readers.reader_id
),

spans as (
    select
        attempted.reader_id,
        begun.first_day is not null as has_begun,
        coalesce(begun.first_day, attempted.first_day + 1) as first_day,
        attempted.last_day
    from attempted
    left join begun
        on attempted.reader_id = begun.reader_id
),

-- A vault account is there from the day that the run which first listed it, or read a part of it, closed.
vault_accounts as (
    select
        {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref || '/' || source_raw_id") }}
            as account_id,
        {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref") }} as reader_id,
        {{ utc_date('observed_at') }} - 1 as first_day
    from ({{ all_versions(source('staging_fireblocks', 'raw_vault_accounts')) }}) as listed
    union all
    select
        account_id,
        {{ account_id("owner_id", "venue", "environment", "split_part(account_ref, '/', 1)") }} as reader_id,
        closes_day as first_day
    from {{ ref('int_positions') }}
    where venue = 'fireblocks'
),

-- An answer that there is no such wallet says so of the days before it as well.
refused as (
    select
        reader_id,
        wallet,
        max(day) as day
    from {{ ref('int_attempts') }}
    where reason = 'not_enabled'
    group by reader_id, wallet
),

failed as (
    select
        attempts.reader_id,
        attempts.wallet,
        min(attempts.day) as first_day
    from {{ ref('int_attempts') }} as attempts
    left join refused
        on
            attempts.reader_id = refused.reader_id
            and attempts.wallet = refused.wallet
    where
        attempts.wallet <> 'vault'
        and attempts.reason <> 'not_enabled'
        and not attempts.is_by_master
        and coalesce(attempts.day > refused.day, true)
    group by attempts.reader_id, attempts.wallet
)

select
    vault_accounts.account_id,
    'vault' as wallet,
    greatest(min(vault_accounts.first_day), spans.first_day) as first_day,
    spans.last_day
from vault_accounts
inner join spans
    on vault_accounts.reader_id = spans.reader_id
group by vault_accounts.account_id, spans.first_day, spans.last_day
union all
select
    failed.reader_id as account_id,
    failed.wallet,
    greatest(failed.first_day, spans.first_day) as first_day,
    spans.last_day
from failed
inner join spans
    on failed.reader_id = spans.reader_id
where spans.has_begun
