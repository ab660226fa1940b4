with unlisted_symbols as (
    {%- for stream, wallet in binance_fills().items() %}
        select
            trades.owner_id,
            trades.environment,
            trades.account_ref,
            '{{ wallet }}' as wallet,
            null as asset,
            '{{ stream }}' as stream,
            trades.traded_at as from_at,
            'the symbol ' || trades.symbol || ' is in no archived list' as reason,
            'staging_binance.raw_{{ stream }}' as source_table,
            trades.source_id
        from {{ ref('stg_binance__' ~ stream) }} as trades
        left join {{ ref('int_binance__symbols') }} as symbols
            on
                trades.environment = symbols.environment
                and trades.symbol = symbols.symbol
        where trades.error_reason is null and symbols.symbol is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

-- The listed sub-accounts are known, so an account that no list explains can only be the master.
strangers as (
    select
        owner_id,
        environment,
        unmapped_reader_ref as account_ref,
        null as wallet,
        asset,
        'universal_transfers' as stream,
        transferred_at as from_at,
        'a second e-mail is in no list of sub-accounts' as reason,
        'staging_binance.raw_universal_transfers' as source_table,
        unmapped_source_id as source_id
    from {{ ref('int_binance__transfers') }}
    where (is_from_unmapped and from_ref is null) or (is_to_unmapped and to_ref is null)
),

-- What the master could not be told of its family may concern any account of it.
family_members as (
    select
        unreadable.owner_id,
        unreadable.environment,
        sub_accounts.sub_user_id as account_ref,
        null as wallet,
        unreadable.asset,
        unreadable.stream,
        unreadable.from_at,
        unreadable.reason,
        unreadable.source_table,
        unreadable.source_id
    from {{ ref('int_binance__unreadable_records') }} as unreadable
    inner join {{ ref('stg_binance__sub_accounts') }} as sub_accounts
        on
            unreadable.owner_id = sub_accounts.owner_id
            and unreadable.environment = sub_accounts.environment
            and unreadable.account_ref = sub_accounts.account_ref
    where
        unreadable.stream in (
            'sub_accounts', 'universal_transfers', 'custody_transfers', 'vip_loan_borrows'
        )
        and sub_accounts.error_reason is null
),

-- One of the two is wrong, and nobody can tell which.
contradicted_files as (
    select
        owner_id,
        environment,
        account_ref,
        left(stream, 2) || '_futures' as wallet,
        asset,
        stream,
        happened_at as from_at,
        'the endpoint tells another amount or time of it' as reason,
        source_table,
        source_id
    from {{ ref('int_binance__income_file_ties') }}
    where is_contradicted
),

unmapped as (
    select * from {{ ref('int_binance__unreadable_records') }}
    {%- for part in ['unlisted_symbols', 'strangers', 'family_members', 'contradicted_files'] %}
        union all
        select * from {{ part }}
    {%- endfor %}
)

select
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as account_id,
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as reader_id,
    wallet,
    asset,
    stream,
    from_at,
    null::timestamptz as until_at,
    reason,
    source_table,
    source_id
from unmapped
union all
select
    account_id,
    account_id as reader_id,
    wallet,
    asset,
    source_stream as stream,
    occurred_at as from_at,
    null::timestamptz as until_at,
    coalesce(unmapped_because, 'its wallet, its asset or its amount is not known') as reason,
    source_table,
    source_id
from {{ ref('int_binance__legs') }}
-- What has failed moved nothing, wherever it was to go.
where (wallet is null or asset is null or amount is null) and status <> 'failed'
union all
select
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as account_id,
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as reader_id,
    'spot' as wallet,
    asset,
    'dual_investments' as stream,
    from_at,
    until_at,
    'in which asset it was settled, and to what amount, is not told' as reason,
    'staging_binance.raw_dual_investments' as source_table,
    source_id
from {{ ref('int_binance__dual_settlements') }}
