-- By which e-mails a master asks, and whose wallets each answer tells: of transfers within its family any, of
-- what concerns a sub-account alone its own, of what it invests in a managed sub-account the master's.
with listed as (
    select
        {{ account_id("owner_id", "'binance'", "environment", "sub_user_id") }} as account_id,
        {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as reader_id,
        email,
        created_at as since
    from {{ ref('stg_binance__sub_accounts') }}
    where error_reason is null
),

managed as (
    select
        {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as reader_id,
        email,
        bound_at as since
    from {{ ref('stg_binance__managed_sub_accounts') }}
    where error_reason is null
)

select
    'emails' as scope_rule,
    reader_id,
    null::uuid as account_id,
    email,
    since
from listed
union all
select
    'own_email' as scope_rule,
    reader_id,
    account_id,
    email,
    since
from listed
union all
select
    'managed_emails' as scope_rule,
    reader_id,
    reader_id as account_id,
    email,
    since
from managed
