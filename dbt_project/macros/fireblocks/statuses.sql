{#- The statuses that are not the last: nothing is on the chain for good. -#}
{% macro fireblocks_open_statuses() -%}
    (
        'SUBMITTED', 'PENDING_AML_SCREENING', 'PENDING_ENRICHMENT', 'PENDING_AUTHORIZATION', 'QUEUED',
        'PENDING_SIGNATURE', 'PENDING_3RD_PARTY_MANUAL_APPROVAL', 'PENDING_3RD_PARTY', 'CANCELLING',
        'BROADCASTING', 'CONFIRMING'
    )
{%- endmacro %}

{#- What a completed record may say beside that it is completed; anything else is not understood. -#}
{% macro fireblocks_completed_sub_statuses() -%}
    (
        '', 'CONFIRMED', 'PENDING_BLOCKCHAIN_CONFIRMATIONS', '3RD_PARTY_COMPLETED', '3RD_PARTY_CONFIRMING',
        '3RD_PARTY_PROCESSING', 'AUTO_FREEZE', 'FROZEN_MANUALLY', 'AUTO_UNFREEZE', 'UNFROZEN_MANUALLY'
    )
{%- endmacro %}

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
