{{ config(materialized='table') }}

-- Transfers within a family name e-mails. Every e-mail that a list of sub-accounts ever showed is that
-- sub-account's; the one that no list shows is the master's. A second such e-mail stays without an account.
with listed as (
    select distinct on (owner_id, environment, account_ref, raw_payload ->> 'email')
        owner_id,
        environment,
        account_ref as master_ref,
        raw_payload ->> 'email' as email,
        raw_payload ->> 'subUserId' as account_ref
    from (
        {{ all_versions(source('staging_binance', 'raw_sub_accounts')) }}
    ) as versions
    where raw_payload ->> 'email' is not null and raw_payload ->> 'subUserId' is not null
    order by owner_id asc, environment asc, account_ref asc, raw_payload ->> 'email' asc, source_id desc
),

named as (
    select
        transfers.owner_id,
        transfers.environment,
        transfers.account_ref as master_ref,
        side.email,
        min(transfers.transferred_at) as first_named_at
    from {{ ref('stg_binance__universal_transfers') }} as transfers
    cross join lateral (values (transfers.from_email), (transfers.to_email)) as side (email)
    where side.email is not null
    group by transfers.owner_id, transfers.environment, transfers.account_ref, side.email
),

told_by_subs as (
    select distinct
        owner_id,
        environment,
        counterparty_email as email
    from {{ ref('stg_binance__sub_account_transfers') }}
    where counterparty_kind = 'master'
),

unlisted as (
    select
        named.owner_id,
        named.environment,
        named.master_ref,
        named.email,
        row_number() over (
            partition by named.owner_id, named.environment, named.master_ref
            order by told_by_subs.email is null, named.first_named_at, named.email
        ) as nth
    from named
    left join listed
        on
            named.owner_id = listed.owner_id
            and named.environment = listed.environment
            and named.master_ref = listed.master_ref
            and named.email = listed.email
    left join told_by_subs
        on
            named.owner_id = told_by_subs.owner_id
            and named.environment = told_by_subs.environment
            and named.email = told_by_subs.email
    where listed.email is null
)

select
    owner_id,
    environment,
    master_ref,
    email,
    account_ref
from listed
union all
select
    owner_id,
    environment,
    master_ref,
    email,
    case when nth = 1 then master_ref end as account_ref
from unlisted
