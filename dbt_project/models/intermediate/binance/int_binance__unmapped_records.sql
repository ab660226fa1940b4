with unlisted_symbols as (
    select
        trades.owner_id,
        trades.environment,
        trades.account_ref,
        null as asset,
        'spot_trades' as stream,
        trades.traded_at as from_at,
        'the symbol ' || trades.symbol || ' is in no archived list' as reason,
        'staging_binance.raw_spot_trades' as source_table,
        trades.source_id
    from {{ ref('stg_binance__spot_trades') }} as trades
    left join {{ ref('int_binance__symbols') }} as symbols
        on
            trades.environment = symbols.environment
            and trades.symbol = symbols.symbol
    where trades.error_reason is null and symbols.symbol is null
),

capital as (
    {%- for stream, told_at in {'deposits': 'inserted_at', 'withdrawals': 'applied_at'}.items() %}
        select
            owner_id,
            environment,
            account_ref,
            asset,
            '{{ stream }}' as stream,
            {{ told_at }} as from_at,
            'walletType ' || coalesce(wallet_type, 'missing') || ' is no wallet we know' as reason,
            'staging_binance.raw_{{ stream }}' as source_table,
            source_id
        from {{ ref('stg_binance__' ~ stream) }}
        where error_reason is null and coalesce(wallet_type, '') not in ('0', '1')
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

strange_wallets as (
    select
        transfers.owner_id,
        transfers.environment,
        side.account_ref,
        transfers.asset,
        transfers.source_stream as stream,
        transfers.transferred_at as from_at,
        'the transfer leads to or from a wallet we do not know' as reason,
        transfers.source_table,
        transfers.source_id
    from {{ ref('int_binance__transfers') }} as transfers
    inner join lateral (
        values (transfers.from_ref, transfers.from_wallet), (transfers.to_ref, transfers.to_wallet)
    ) as side (account_ref, wallet) on true
    where side.account_ref is not null and side.wallet is null
),

-- The listed sub-accounts are known, so an account that no list explains can only be the master.
strangers as (
    select
        owner_id,
        environment,
        unmapped_reader_ref as account_ref,
        asset,
        'universal_transfers' as stream,
        transferred_at as from_at,
        'a second e-mail is in no list of sub-accounts' as reason,
        'staging_binance.raw_universal_transfers' as source_table,
        unmapped_source_id as source_id
    from {{ ref('int_binance__transfers') }}
    where (is_from_unmapped and from_ref is null) or (is_to_unmapped and to_ref is null)
),

-- What the master could not be told of a transfer within its family may concern any account of it.
family_members as (
    select
        unreadable.owner_id,
        unreadable.environment,
        sub_accounts.sub_user_id as account_ref,
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
    where unreadable.stream = 'universal_transfers' and sub_accounts.error_reason is null
),

unmapped as (
    select * from {{ ref('int_binance__unreadable_records') }}
    {%- for part in ['unlisted_symbols', 'capital', 'strange_wallets', 'strangers', 'family_members'] %}
        union all
        select * from {{ part }}
    {%- endfor %}
)

select
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as account_id,
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as reader_id,
    asset,
    stream,
    from_at,
    reason,
    source_table,
    source_id
from unmapped
