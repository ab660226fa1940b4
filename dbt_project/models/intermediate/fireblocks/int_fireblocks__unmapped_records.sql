with transactions as (
    select * from {{ ref('int_fireblocks__transactions') }}
),

unreadable as (
    select
        null::uuid as account_id,
        {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref") }} as reader_id,
        null as asset,
        null::timestamptz as from_at,
        null::timestamptz as until_at,
        error_reason as reason,
        source_id
    from {{ ref('stg_fireblocks__transactions') }}
    where error_reason is not null
),

-- What jsonb refused counts until a later version of the record could be stored.
refused as (
    select
        null::uuid as account_id,
        {{ account_id("quarantine.owner_id", "'fireblocks'", "quarantine.environment",
            "quarantine.account_ref") }} as reader_id,
        null as asset,
        quarantine.occurred_at as from_at,
        null::timestamptz as until_at,
        quarantine.error_reason as reason,
        quarantine.source_id
    from {{ ref('stg_fireblocks__quarantine') }} as quarantine
    left join {{ ref('stg_fireblocks__transactions') }} as healed
        on
            quarantine.owner_id = healed.owner_id
            and quarantine.environment = healed.environment
            and quarantine.account_ref = healed.account_ref
            and quarantine.source_raw_id = healed.source_raw_id
            and quarantine.source_id < healed.source_id
    where quarantine.stream = 'transactions' and healed.source_id is null
),

-- What cannot be booked, or has a status or an operation nobody knows, is missed only where something may
-- have moved, up to the first read that showed it closed and as long as a balance may lag behind.
unbooked as (
    select
        case
            when movements.vault_id is not null
                then {{ account_id("transactions.owner_id", "'fireblocks'", "transactions.environment",
                    "transactions.account_ref || '/' || movements.vault_id") }}
        end as account_id,
        transactions.reader_id,
        movements.asset,
        -- What comes in is in its block before the venue makes a record of it.
        transactions.created_at
        - case when transactions.is_from_vault then interval '0' else interval '1 hour' end as from_at,
        reads.first_closed_at + {{ fireblocks_lag() }} as until_at,
        coalesce(movements.reason, 'its type or status is not known') as reason,
        transactions.source_id
    from transactions
    inner join {{ ref('int_fireblocks__movements') }} as movements
        on transactions.record_id = movements.record_id
    left join {{ ref('int_fireblocks__transaction_reads') }} as reads
        on transactions.record_id = reads.record_id
    where
        (
            movements.reason is not null
            and (
                transactions.state in ('done', 'held', 'unknown')
                or (transactions.state = 'open' and transactions.block_height is not null)
                or (transactions.has_failed_in_a_block and movements.leg_role = 'fee')
                or movements.leg_role like 'record%'
            )
        )
        or (
            movements.reason is null
            and movements.amount <> 0
            and (transactions.state = 'unknown' or not transactions.is_known_operation)
        )
),

-- Of what failed on its chain without a block it is not told whether gas was spent.
without_block as (
    select
        {{ account_id("transactions.owner_id", "'fireblocks'", "transactions.environment",
            "transactions.account_ref || '/' || movements.vault_id") }} as account_id,
        transactions.reader_id,
        movements.asset,
        transactions.created_at as from_at,
        reads.first_closed_at + {{ fireblocks_lag() }} as until_at,
        'it failed on its chain and tells no block' as reason,
        transactions.source_id
    from transactions
    inner join {{ ref('int_fireblocks__movements') }} as movements
        on transactions.record_id = movements.record_id and movements.leg_role = 'fee'
    left join {{ ref('int_fireblocks__transaction_reads') }} as reads
        on transactions.record_id = reads.record_id
    where
        transactions.state = 'ended'
        and transactions.tx_hash is not null
        and transactions.block_height is null
        and not transactions.is_replaced
        and coalesce(transactions.sub_status_code, '') not in {{ fireblocks_never_mined_sub_statuses() }}
        and movements.vault_id is not null
)

{% for part in ['unreadable', 'refused', 'unbooked', 'without_block'] -%}
    select
        account_id,
        reader_id,
        asset,
        'transactions' as stream,
        from_at,
        until_at,
        reason,
        'staging_fireblocks.{{ "quarantine" if part == "refused" else "raw_transactions" }}' as source_table,
        source_id
    from {{ part }}
    {{ "union all" if not loop.last }}
{% endfor %}
