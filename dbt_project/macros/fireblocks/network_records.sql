{#- What the calls among `transactions` moved on their chains, by own side: the venue tells each transfer between
    two vault accounts as two records, each with one own side. Where a transfer is told as a whole as well, it is
    told twice. -#}
{% macro fireblocks_network_records() -%}
    with entries as (
        select
            transactions.record_id,
            told.nth,
            told.entry ->> 'assetId' as asset,
            nullif({{ to_number("told.entry ->> 'netAmount'") }}, -1) as amount,
            coalesce(told.entry #>> '{source,type}' = 'VAULT_ACCOUNT', false) as is_from_vault,
            coalesce(told.entry #>> '{destination,type}' = 'VAULT_ACCOUNT', false) as is_to_vault,
            case when told.entry #>> '{source,type}' = 'VAULT_ACCOUNT' then nullif(told.entry #>> '{source,id}', '') end
                as source_vault_id,
            case
                when told.entry #>> '{destination,type}' = 'VAULT_ACCOUNT'
                    then nullif(told.entry #>> '{destination,id}', '')
            end as destination_vault_id,
            coalesce(told.entry ->> 'isDropped', 'false') <> 'false' as may_be_dropped,
            told.entry #>> '{source,name}' as source_name,
            told.entry #>> '{destination,name}' as destination_name,
            coalesce(nullif({{ to_number("told.entry #>> '{rewardInfo,srcRewards}'") }}, -1), 0) <> 0
            or coalesce(nullif({{ to_number("told.entry #>> '{rewardInfo,destRewards}'") }}, -1), 0) <> 0
                as has_rewards
        from transactions
        cross join lateral jsonb_array_elements(transactions.network_records) with ordinality as told (entry, nth)
        where coalesce(told.entry ->> 'isDropped', 'false') <> 'true'
    ),

    told_twice as (
        select distinct
            one.record_id,
            one.nth
        from entries as one
        inner join entries as other
            on
                one.record_id = other.record_id
                and one.nth <> other.nth
                and one.asset = other.asset
                and one.amount = other.amount
                and (
                    one.source_vault_id = other.source_vault_id
                    or one.destination_vault_id = other.destination_vault_id
                )
        where
            one.amount <> 0
            and (one.is_from_vault and one.is_to_vault) <> (other.is_from_vault and other.is_to_vault)
    )

    select
        entries.record_id,
        side.leg_role,
        entries.nth as leg_ordinal,
        side.vault_id,
        entries.asset,
        side.sign * entries.amount as amount,
        side.counterparty,
        case
            when told_twice.record_id is not null then 'a network record is told twice'
            when entries.may_be_dropped and coalesce(entries.amount <> 0, true)
                then 'whether a network record was dropped is not told'
            when entries.has_rewards then 'rewards of a network record are not mapped'
        end as reason
    from entries
    inner join lateral (
        values
        ('record_source', entries.is_from_vault, entries.source_vault_id, -1, entries.destination_name),
        ('record_destination', entries.is_to_vault, entries.destination_vault_id, 1, entries.source_name)
    ) as side (leg_role, is_vault, vault_id, sign, counterparty) on true
    left join told_twice
        on
            entries.record_id = told_twice.record_id
            and entries.nth = told_twice.nth
    where side.is_vault
{%- endmacro %}
