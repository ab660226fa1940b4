-- What a record moves in the vault accounts of its workspace, before asking whether it has happened. Only a
-- side of type VAULT_ACCOUNT is one of them. An amount of null is one that the venue has not told.
with transactions as (
    select * from {{ ref('int_fireblocks__transactions') }}
),

one_destination as (
    select
        transactions.record_id,
        side.leg_role,
        0 as leg_ordinal,
        side.vault_id,
        transactions.asset,
        side.amount,
        side.counterparty
    from transactions
    inner join lateral (
        values
        (
            'source', transactions.source_type, transactions.source_peer_id, -transactions.net_amount,
            transactions.destination_name
        ),
        (
            'destination', transactions.destination_type, transactions.destination_peer_id,
            transactions.net_amount, transactions.source_name
        )
    ) as side (leg_role, peer_type, vault_id, amount, counterparty) on true
    where transactions.shape = 'one_destination' and side.peer_type = 'VAULT_ACCOUNT'
),

destinations as (
    select
        transactions.*,
        told.nth,
        told.entry #>> '{destination,type}' as peer_type,
        told.entry #>> '{destination,id}' as vault_id,
        {{ to_number("told.entry ->> 'amount'") }} as amount
    from transactions
    cross join lateral jsonb_array_elements(transactions.destinations) with ordinality as told (entry, nth)
    where transactions.shape = 'destinations'
),

-- If one amount is missing the sum is unknown.
many_destinations as (
    select
        record_id,
        'destination' as leg_role,
        nth as leg_ordinal,
        vault_id,
        asset,
        amount,
        source_name as counterparty
    from destinations
    where peer_type = 'VAULT_ACCOUNT'
    union all
    select
        record_id,
        'source' as leg_role,
        0 as leg_ordinal,
        source_peer_id as vault_id,
        asset,
        case when bool_and(amount is not null) then -sum(amount) end as amount,
        'several' as counterparty
    from destinations
    where is_from_vault
    group by record_id, source_peer_id, asset
),

-- The top-level amount of a contract call is ignored where its records on the chain are told.
network_records as (
    select
        transactions.record_id,
        side.leg_role,
        told.nth as leg_ordinal,
        side.vault_id,
        told.entry ->> 'assetId' as asset,
        side.sign * {{ to_number("told.entry ->> 'netAmount'") }} as amount,
        side.counterparty
    from transactions
    cross join lateral jsonb_array_elements(transactions.network_records) with ordinality as told (entry, nth)
    inner join lateral (
        values
        (
            'record_source', told.entry #>> '{source,type}',
            told.entry #>> '{source,id}', -1, told.entry #>> '{destination,name}'
        ),
        (
            'record_destination', told.entry #>> '{destination,type}',
            told.entry #>> '{destination,id}', 1, told.entry #>> '{source,name}'
        )
    ) as side (leg_role, peer_type, vault_id, sign, counterparty) on true
    where
        transactions.shape = 'network_records'
        and side.peer_type = 'VAULT_ACCOUNT'
        and coalesce(told.entry ->> 'isDropped', 'false') = 'false'
),

-- The fee falls on the source, unless somebody else is named; a vault account that receives pays none.
fees as (
    select
        record_id,
        'fee' as leg_role,
        0 as leg_ordinal,
        case
            when is_paid_by_relay and relay_type = 'LOCAL' then relay_vault_id
            else coalesce(fee_payer_vault_id, source_peer_id)
        end as vault_id,
        fee_asset as asset,
        -fee_amount as amount,
        null as counterparty
    from transactions
    where
        shape <> 'nothing'
        and is_from_vault
        and not is_meta_transaction
        and not (is_paid_by_relay and relay_type = 'THIRD_PARTY')
)

select * from one_destination
union all
select * from many_destinations
union all
select * from network_records
union all
select * from fees
