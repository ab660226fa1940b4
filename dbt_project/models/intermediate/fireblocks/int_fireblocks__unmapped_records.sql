with transactions as (
    select * from {{ ref('int_fireblocks__transactions') }}
),

unreadable as (
    select
        null::uuid as account_id,
        {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref") }} as reader_id,
        null as asset,
        null::timestamptz as from_at,
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

-- An amount that is not told is missed only where something has moved.
without_amount as (
    select
        case
            when movements.vault_id is not null
                then {{ account_id("transactions.owner_id", "'fireblocks'", "transactions.environment",
                    "transactions.account_ref || '/' || movements.vault_id") }}
        end as account_id,
        transactions.reader_id,
        movements.asset,
        transactions.created_at as from_at,
        'the amount of the ' || movements.leg_role || ' is not told' as reason,
        transactions.source_id
    from transactions
    inner join {{ ref('int_fireblocks__movements') }} as movements
        on transactions.record_id = movements.record_id
    where
        (movements.amount is null or movements.asset is null or movements.vault_id is null)
        and (
            transactions.state in ('done', 'held', 'unknown')
            or (transactions.state = 'open' and transactions.block_height is not null)
            or (movements.leg_role = 'fee' and transactions.has_failed_in_a_block)
        )
),

-- Rent and rewards move a wallet beside the amounts; how exactly is not known well enough to book it.
beside_the_amounts as (
    select
        null::uuid as account_id,
        reader_id,
        null as asset,
        created_at as from_at,
        'rent or rewards are not mapped' as reason,
        source_id
    from transactions
    where
        state <> 'ended'
        and coalesce(
            nullif(paid_rent_amount, 0), nullif(source_reward_amount, 0), nullif(destination_reward_amount, 0)
        ) is not null
),

-- A transfer within the workspace that a contract call tells once as a whole and once by its sides.
told_twice as (
    select distinct
        null::uuid as account_id,
        transactions.reader_id,
        given.asset,
        transactions.created_at as from_at,
        'a network record seems to be told twice' as reason,
        transactions.source_id
    from transactions
    inner join {{ ref('int_fireblocks__movements') }} as given
        on transactions.record_id = given.record_id and given.leg_role = 'record_source'
    inner join {{ ref('int_fireblocks__movements') }} as received
        on
            given.record_id = received.record_id
            and given.leg_ordinal = received.leg_ordinal
            and received.leg_role = 'record_destination'
    inner join {{ ref('int_fireblocks__movements') }} as other
        on
            given.record_id = other.record_id
            and given.leg_ordinal <> other.leg_ordinal
            and given.asset = other.asset
            and abs(given.amount) = abs(other.amount)
)

{% for part in ['unreadable', 'refused', 'without_amount', 'beside_the_amounts', 'told_twice'] -%}
    select
        account_id,
        reader_id,
        asset,
        'transactions' as stream,
        from_at,
        reason,
        'staging_fireblocks.{{ "quarantine" if part == "refused" else "raw_transactions" }}' as source_table,
        source_id
    from {{ part }}
    {{ "union all" if not loop.last }}
{% endfor %}
