-- What a status means for the balance, and in which of its fields a record tells what moves. The columns are
-- those of staging and what is decided here.
with transactions as (
    select * from {{ ref('stg_fireblocks__transactions') }}
    where error_reason is null
)

select
    *,  -- noqa: AM04
    {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref") }} as reader_id,
    coalesce(source_type = 'VAULT_ACCOUNT', false) as is_from_vault,
    operation in (
        'TRANSFER', 'CONTRACT_CALL', 'PROGRAM_CALL', 'APPROVE', 'ENABLE_ASSET', 'RAW', 'TYPED_MESSAGE'
    ) as is_known_operation,
    case
        when status_code = 'COMPLETED' then 'done'
        -- A deposit that the screening rejected is held in the wallet.
        when status_code = 'REJECTED' and coalesce(source_type, '') <> 'VAULT_ACCOUNT' then 'held'
        when status_code in ('FAILED', 'CANCELLED', 'BLOCKED', 'REJECTED') then 'ended'
        when
            status_code in (
                'SUBMITTED', 'PENDING_AML_SCREENING', 'PENDING_ENRICHMENT', 'PENDING_AUTHORIZATION', 'QUEUED',
                'PENDING_SIGNATURE', 'PENDING_3RD_PARTY_MANUAL_APPROVAL', 'PENDING_3RD_PARTY', 'CANCELLING',
                'BROADCASTING', 'CONFIRMING'
            )
            then 'open'
        else 'unknown'
    end as state,
    -- What failed in a block has moved nothing, but its fee is spent.
    coalesce(
        status_code = 'FAILED'
        and tx_hash is not null
        and block_height is not null
        and coalesce(sub_status_code, '') <> 'DROPPED_BY_BLOCKCHAIN',
        false
    ) as has_failed_in_a_block,
    case
        when operation in ('RAW', 'TYPED_MESSAGE') then 'nothing'
        when operation in ('APPROVE', 'ENABLE_ASSET') then 'fee'
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
