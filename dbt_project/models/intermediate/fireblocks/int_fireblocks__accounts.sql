-- The vault accounts that are listed or that transactions name, and what these name beside them.
with listed as (
    select
        owner_id,
        environment,
        account_ref || '/' || vault_account_id as external_id,
        vault_account_name as name,
        'vault_account' as kind,
        1 as preference,
        recorded_at as known_since,
        null as outside_reason
    from {{ ref('stg_fireblocks__vault_accounts') }}
    where error_reason is null
),

moved as (
    select distinct
        transactions.owner_id,
        transactions.environment,
        transactions.account_ref || '/' || movements.vault_id as external_id,
        null as name,
        'vault_account' as kind,
        3 as preference,
        null::timestamptz as known_since,
        null as outside_reason
    from {{ ref('int_fireblocks__movements') }} as movements
    inner join {{ ref('int_fireblocks__transactions') }} as transactions
        on movements.record_id = transactions.record_id
    where movements.vault_id is not null
),

outside as (
    select
        owner_id,
        environment,
        external_id,
        name,
        kind,
        3 as preference,
        null::timestamptz as known_since,
        reason as outside_reason
    from {{ ref('int_fireblocks__outside_accounts') }}
)

select * from listed
union all
select * from moved
union all
select * from outside
