{#- What each of `transactions` tells of its own two sides, or of its source and several destinations. -#}
{% macro fireblocks_sides() -%}
    with
    -- What is minted comes only to the destination and what is burned is only the source's: the other side may be
    -- the issuer, who has had none of it (?).
    one_destination as (
        select
            transactions.record_id,
            side.leg_role,
            0 as leg_ordinal,
            case when side.peer_type = 'VAULT_ACCOUNT' then side.peer_id end as vault_id,
            transactions.asset,
            side.amount,
            side.counterparty,
            case
                when transactions.shape in ('mint', 'burn') and coalesce(side.peer_type, '') <> 'VAULT_ACCOUNT'
                    then 'whose it is that was minted or burned is not told'
                when
                    transactions.operation = 'STAKE'
                    and coalesce(transactions.source_peer_id <> transactions.destination_peer_id, true)
                    and not {{ fireblocks_stake_leaves('transactions.asset') }}
                    then 'whether a stake of the asset leaves its wallet is not known'
            end as reason
        from transactions
        inner join lateral (
            values
            (
                'source', transactions.source_type, transactions.source_peer_id, -transactions.net_amount,
                transactions.destination_name, transactions.shape in ('one_destination', 'burn')
            ),
            (
                'destination', transactions.destination_type, transactions.destination_peer_id,
                transactions.net_amount, transactions.source_name, transactions.shape in ('one_destination', 'mint')
            )
        ) as side (leg_role, peer_type, peer_id, amount, counterparty, is_told) on true
        where side.is_told and (side.peer_type = 'VAULT_ACCOUNT' or transactions.shape in ('mint', 'burn'))
    ),

    destinations as (
        select
            transactions.*,
            told.nth,
            told.entry #>> '{destination,type}' as peer_type,
            told.entry #>> '{destination,id}' as vault_id,
            nullif({{ to_number("told.entry ->> 'amount'") }}, -1) as amount
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
            source_name as counterparty,
            null as reason
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
            'several' as counterparty,
            null as reason
        from destinations
        where is_from_vault
        group by record_id, source_peer_id, asset
    )

    select * from one_destination
    union all
    select * from many_destinations
{%- endmacro %}
