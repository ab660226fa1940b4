{{ config(materialized='table', indexes=[{'columns': ['record_id']}]) }}

-- What a record moves in the vault accounts of its workspace, before asking whether it has happened. Only a
-- side of type VAULT_ACCOUNT is one of them. A movement with a reason cannot be booked.
with transactions as (
    select * from {{ ref('int_fireblocks__transactions') }}
),

told_sides as (
    {{ fireblocks_sides() }}
),

told_records as (
    {{ fireblocks_network_records() }}
),

charges as (
    {{ fireblocks_fees() }}
),

-- The top-level amount of a contract call is ignored where its records on the chain are told.
network_records as (
    select
        told.record_id,
        told.leg_role,
        told.leg_ordinal,
        told.vault_id,
        told.asset,
        told.amount,
        told.counterparty,
        case
            when told.reason is not null then told.reason
            when told.amount = 0 then null
            when transactions.operation = 'APPROVE' then 'an approval tells a movement'
            when transactions.state = 'ended' then 'a failed call tells a movement'
        end as reason
    from told_records as told
    inner join transactions
        on told.record_id = transactions.record_id
    where
        transactions.shape = 'network_records'
        or (transactions.operation = 'APPROVE' and told.amount <> 0)
        or not transactions.is_known_operation
),

-- Rewards come with a transaction, beside its amounts and in the base asset.
rewards as (
    select
        transactions.record_id,
        side.leg_role,
        0 as leg_ordinal,
        side.vault_id,
        coalesce(transactions.fee_asset, transactions.asset) as asset,
        side.amount,
        null as counterparty,
        case when side.amount < 0 then 'what a negative reward means is not known' end as reason
    from transactions
    inner join lateral (
        values
        (
            'source_reward', transactions.source_type, transactions.source_peer_id,
            transactions.source_reward_amount
        ),
        (
            'destination_reward', transactions.destination_type, transactions.destination_peer_id,
            transactions.destination_reward_amount
        )
    ) as side (leg_role, peer_type, vault_id, amount) on true
    where side.peer_type = 'VAULT_ACCOUNT' and side.amount <> 0
),

fees as (
    select
        record_id,
        leg_role,
        0 as leg_ordinal,
        vault_id,
        asset,
        amount,
        null as counterparty,
        reason
    from charges
),

movements as (
    select * from told_sides
    {%- for part in ['network_records', 'rewards', 'fees'] %}
        union all
        select * from {{ part }}
    {%- endfor %}
),

-- What a call tells of its chain may be told by a record of its own too: then it is counted by neither.
placed as (
    select
        movements.*,
        transactions.tx_hash is not null
        and movements.amount <> 0
        and bool_or(movements.leg_role like 'record%') over same_movement
        and min(movements.record_id) over same_movement <> max(movements.record_id) over same_movement
            as is_told_twice
    from movements
    inner join transactions
        on movements.record_id = transactions.record_id
    window same_movement as (
        partition by
            transactions.reader_id, transactions.tx_hash, transactions.state = 'ended', movements.vault_id,
            movements.asset, movements.amount
    )
)

select
    record_id,
    leg_role,
    leg_ordinal,
    vault_id,
    asset,
    amount,
    counterparty,
    case
        when reason is not null then reason
        when amount is null then 'the amount of the ' || leg_role || ' is not told'
        when asset is null and amount <> 0 then 'the asset of the ' || leg_role || ' is not told'
        when vault_id is null and amount <> 0 then 'the vault account of the ' || leg_role || ' is not told'
        when is_told_twice then 'two records of one transaction tell it'
    end as reason
from placed
