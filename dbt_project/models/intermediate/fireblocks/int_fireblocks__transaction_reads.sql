{{ config(materialized='table', indexes=[{'columns': ['record_id']}]) }}

-- After the transactions, and of the versions that they are made of: legs and their reads tell of one state.
{{ record_reads(
    'fireblocks', 'transactions',
    created_at=to_instant("raw_payload ->> 'createdAt'"),
    is_closed="raw_payload ->> 'status' in ('COMPLETED', 'CANCELLED', 'BLOCKED', 'FAILED', 'REJECTED')",
    effect="coalesce(
                raw_payload ->> 'status' = 'COMPLETED'
                or raw_payload ->> 'subStatus' like 'COMPLETED_BUT_3RD_PARTY_%'
                or (
                    raw_payload ->> 'status' = 'REJECTED'
                    and raw_payload #>> '{source,type}' is distinct from 'VAULT_ACCOUNT'
                    and coalesce(raw_payload ->> 'txHash', '') <> ''
                ),
                false
            )",
    up_to=ref('int_fireblocks__transactions')
) }}
