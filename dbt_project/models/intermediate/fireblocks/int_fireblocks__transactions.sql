{{ config(materialized='table', indexes=[{'columns': ['record_id']}]) }}

-- depends_on: {{ ref('int_coverage') }}

-- What a status means for the balance, and in which of its fields a record tells what moves. The columns are
-- those of staging and what is decided here. After the coverage that the legs are judged by: what a walk that
-- is proven has landed is there.
with transactions as (
    select * from {{ ref('stg_fireblocks__transactions') }}
    where error_reason is null
),

decided as (
    select
        *,  -- noqa: AM04
        {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref") }} as reader_id,
        coalesce(source_type = 'VAULT_ACCOUNT', false) as is_from_vault,
        operation in {{ fireblocks_operations() }} as is_known_operation,
        case
            -- The third party failed; the vault account had paid by then.
            when
                sub_status_code in ('COMPLETED_BUT_3RD_PARTY_FAILED', 'COMPLETED_BUT_3RD_PARTY_REJECTED')
                then 'done'
            when status_code = 'COMPLETED'
                then case
                    when coalesce(sub_status_code, '') not in {{ fireblocks_completed_sub_statuses() }}
                        then 'unknown'
                    else 'done'
                end
            -- A deposit that the screening holds is in the wallet. What was never sent has no hash.
            when
                status_code = 'REJECTED'
                and coalesce(source_type, '') <> 'VAULT_ACCOUNT'
                and tx_hash is not null
                then case
                    when sub_status_code in ('AUTO_FREEZE', 'FROZEN_MANUALLY', 'REJECTED_AML_SCREENING')
                        then 'held'
                    else 'unknown'
                end
            when status_code in {{ fireblocks_ended_statuses() }}
                then case
                    when tx_hash is null or sub_status_code = 'DROPPED_BY_BLOCKCHAIN' then 'ended'
                    when sub_status_code in {{ fireblocks_reverted_sub_statuses() }} then 'ended'
                    when
                        coalesce(sub_status_code, '') = ''
                        and (status_code = 'FAILED' or block_height is null)
                        then 'ended'
                    when
                        sub_status_code in {{ fireblocks_never_mined_sub_statuses() }}
                        and block_height is null
                        then 'ended'
                    else 'unknown'
                end
            when status_code in {{ fireblocks_open_statuses() }} then 'open'
            else 'unknown'
        end as told_state,
        -- What failed in a block has moved nothing, but its fee is spent.
        coalesce(
            status_code = 'FAILED'
            and tx_hash is not null
            and block_height is not null
            and (
                coalesce(sub_status_code, '') = ''
                or sub_status_code in {{ fireblocks_reverted_sub_statuses() }}
            ),
            false
        ) as was_in_a_block,
        case
            when operation in ('RAW', 'TYPED_MESSAGE') then 'nothing'
            when operation in ('APPROVE', 'ENABLE_ASSET') then 'fee'
            when operation = 'MINT' then 'mint'
            when operation = 'BURN' then 'burn'
            when
                operation in ('CONTRACT_CALL', 'PROGRAM_CALL') and jsonb_array_length(network_records) > 0
                then 'network_records'
            when
                coalesce(destination_type, 'NONE') in ('NONE', 'MULTI_DESTINATION')
                and jsonb_array_length(destinations) > 0
                then 'destinations'
            else 'one_destination'
        end as shape
    from transactions
),

-- Of two records that replace one another only one can have been in a block: the one that has moved
-- something, or else the later. What the other says of its end is nowhere listed.
replaced as (
    select distinct failed.record_id
    from decided as failed
    inner join decided as other
        on
            failed.reader_id = other.reader_id
            and failed.record_id <> other.record_id
            and (failed.tx_hash = other.replaced_tx_hash or failed.replaced_tx_hash = other.tx_hash)
    where
        failed.status_code in {{ fireblocks_ended_statuses() }}
        and failed.told_state in ('ended', 'unknown')
        and (
            other.told_state = 'done'
            or (other.was_in_a_block and other.created_at > failed.created_at)
            or (other.told_state = 'open' and other.block_height is not null and not failed.was_in_a_block)
        )
)

select
    decided.*,  -- noqa: AM04
    case when replaced.record_id is not null then 'ended' else decided.told_state end as state,
    replaced.record_id is not null as is_replaced,
    decided.was_in_a_block and replaced.record_id is null as has_failed_in_a_block
from decided
left join replaced
    on decided.record_id = replaced.record_id
