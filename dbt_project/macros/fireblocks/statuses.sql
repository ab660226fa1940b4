{#- The statuses that are not the last: nothing is on the chain for good. -#}
{% macro fireblocks_open_statuses() -%}
    (
        'SUBMITTED', 'PENDING_AML_SCREENING', 'PENDING_ENRICHMENT', 'PENDING_AUTHORIZATION', 'QUEUED',
        'PENDING_SIGNATURE', 'PENDING_3RD_PARTY_MANUAL_APPROVAL', 'PENDING_3RD_PARTY', 'CANCELLING',
        'BROADCASTING', 'CONFIRMING'
    )
{%- endmacro %}

{#- The statuses of what moved nothing, unless its sub-status says otherwise. -#}
{% macro fireblocks_ended_statuses() -%} ('FAILED', 'CANCELLED', 'BLOCKED', 'REJECTED') {%- endmacro %}

{#- What a completed record may say beside that it is completed; anything else is not understood. -#}
{% macro fireblocks_completed_sub_statuses() -%}
    (
        '', 'CONFIRMED', 'PENDING_BLOCKCHAIN_CONFIRMATIONS', '3RD_PARTY_COMPLETED', '3RD_PARTY_CONFIRMING',
        '3RD_PARTY_PROCESSING', 'AUTO_FREEZE', 'FROZEN_MANUALLY', 'AUTO_UNFREEZE', 'UNFROZEN_MANUALLY'
    )
{%- endmacro %}

{#- What a record that ended says where it was in no block although it has a hash: it was not sent, or no miner took
    it. The words are those of the venue's published list; others of it are not told to say so. -#}
{% macro fireblocks_never_mined_sub_statuses() -%}
    (
        'DROPPED_BY_BLOCKCHAIN', 'REJECTED_BY_BLOCKCHAIN', 'DOUBLE_SPENDING', 'INVALID_NONCE_TOO_LOW',
        'INVALID_NONCE_TOO_HIGH', 'INVALID_NONCE_FOR_RBF', 'TX_OUTDATED', 'TOO_LONG_MEMPOOL_CHAIN',
        'FAIL_ON_LOW_FEE', 'ACTUAL_FEE_TOO_HIGH', 'MAX_FEE_EXCEEDED', 'INVALID_FEE_PARAMS', 'GAS_LIMIT_TOO_LOW',
        'TOO_MANY_INPUTS', 'SIGNING_ERROR', 'REJECTED_BY_USER', 'CANCELLED_BY_USER', 'BLOCKED_BY_POLICY'
    )
{%- endmacro %}

{#- What a record says that failed on its chain: it has moved nothing, and its fee is spent. -#}
{% macro fireblocks_reverted_sub_statuses() -%} ('SMART_CONTRACT_EXECUTION_FAILED', 'PARTIALLY_FAILED') {%- endmacro %}

{#- The operations whose effect on a vault account is known. -#}
{% macro fireblocks_operations() -%}
    (
        'TRANSFER', 'MINT', 'BURN', 'CONTRACT_CALL', 'PROGRAM_CALL', 'APPROVE', 'ENABLE_ASSET', 'STAKE', 'RAW',
        'TYPED_MESSAGE'
    )
{%- endmacro %}

{#- Whether what is staked of an asset leaves its wallet: to the deposit contract, to the stake account. -#}
{% macro fireblocks_stake_leaves(asset) -%}
    ({{ asset }} ~ '^(ETH|SOL)(_TEST[0-9]*)?$')
{%- endmacro %}

{#- How long after a contract call was seen completed its network records may still be added. -#}
{% macro fireblocks_settling() -%} interval '1 hour' {%- endmacro %}

{#- A height, which is no number of a block where it is zero or less. -#}
{% macro fireblocks_height(text) -%}
    case when {{ to_number(text) }} > 0 then {{ to_number(text) }} end
{%- endmacro %}

{#- How far a wallet's balance may lag behind a record that is closed. -#}
{% macro fireblocks_lag() -%} interval '1 day' {%- endmacro %}
