{#- Who pays what beside the amounts of `transactions`: the network's fee, and the rent of an account that comes to
    be. Either falls on the source, unless somebody else is named; a vault account that receives pays none. -#}
{% macro fireblocks_fees() -%}
    with paid as (
        select
            transactions.*,
            coalesce(
                transactions.fee_amount,
                receipts.gas_amount
                + coalesce(receipts.layer_1_amount, transactions.layer_1_fee_amount, 0)
            ) as known_fee_amount,
            case
                when transactions.is_paid_by_relay and transactions.relay_type = 'LOCAL' then 'relay'
                when transactions.is_paid_by_relay and transactions.relay_type = 'THIRD_PARTY' then 'nobody'
                when transactions.is_paid_by_relay then 'unknown'
                when transactions.fee_payer_vault_id is not null then 'fee_payer'
                when transactions.is_meta_transaction then 'nobody_told'
                when transactions.is_from_vault then 'source'
                when transactions.shape in ('mint', 'burn') and transactions.created_by is not null then 'nobody_told'
                else 'nobody'
            end as payer
        from transactions
        left join {{ ref('stg_fireblocks__receipts') }} as receipts
            on
                transactions.owner_id = receipts.owner_id
                and transactions.environment = receipts.environment
                and transactions.account_ref = receipts.account_ref
                and transactions.fee_asset = receipts.base_asset
                and transactions.tx_hash = receipts.tx_hash
                and transactions.block_height = receipts.block_height
                and receipts.error_reason is null
        where transactions.shape <> 'nothing'
    ),

    charges as (
        select
            paid.record_id,
            paid.reader_id,
            paid.created_at,
            paid.tx_hash,
            paid.payer,
            charge.leg_role,
            case paid.payer
                when 'relay' then paid.relay_vault_id
                when 'fee_payer' then paid.fee_payer_vault_id
                when 'source' then paid.source_peer_id
            end as vault_id,
            paid.fee_asset as asset,
            charge.amount,
            charge.contradiction,
            paid.tx_hash is not null
            and (
                paid.state in ('done', 'held')
                or (paid.state = 'open' and paid.block_height is not null)
                or paid.has_failed_in_a_block
            ) as is_spent
        from paid
        inner join lateral (
            values
            (
                'fee',
                paid.known_fee_amount,
                case
                    when
                        paid.layer_1_fee_amount + paid.layer_2_fee_amount <> paid.fee_amount
                        then 'the fee is not the sum of those of its layers'
                end
            ),
            (
                'rent',
                paid.paid_rent_amount,
                case when paid.paid_rent_amount < 0 then 'what a negative rent means is not known' end
            )
        ) as charge (leg_role, amount, contradiction) on true
        -- A rent of zero, or one that is not told, contradicts none that another record tells.
        where
            (charge.leg_role = 'fee' or charge.amount <> 0)
            and (
                paid.payer in ('relay', 'fee_payer', 'source', 'unknown')
                or (paid.payer = 'nobody_told' and charge.amount <> 0)
            )
    ),

    -- A transaction of the chain has one fee, however many records tell of it.
    counted as (
        select
            *,
            is_spent and row_number() over same_fee > 1 as is_told_before,
            is_spent and (min(amount) over of_one_hash <> max(amount) over of_one_hash) as is_told_differently
        from charges
        window
            of_one_hash as (partition by reader_id, tx_hash, is_spent, leg_role, vault_id, asset),
            same_fee as (
                partition by reader_id, tx_hash, is_spent, leg_role, vault_id, asset, amount
                order by created_at, record_id
            )
    )

    select
        record_id,
        leg_role,
        vault_id,
        asset,
        -amount as amount,
        case
            when contradiction is not null then contradiction
            when payer in ('unknown', 'nobody_told') then 'who pays the ' || leg_role || ' is not told'
            when is_told_differently then 'records of one transaction tell different fees'
        end as reason
    from counted
    where not is_told_before
{%- endmacro %}
