{{ config(materialized='table', indexes=[{'columns': ['account_id', 'wallet', 'kind', 'taken_at']}]) }}

{% set header -%}
    source_id,
        data_source_id,
        owner_id,
        environment,
        account_ref,
        wallet,
        taken_at,
        reading_ended_at,
        closes_day,
        is_whole,
        is_own,
        recorded_at,
        asset,
        component,
        error_reason
{%- endset %}

with binance_captures as (
    select
        {{ header }},
        'binance' as venue,
        'live_capture' as kind,
        'staging_binance.raw_live_captures' as source_table,
        amount,
        freeze_amount,
        unrealised_amount,
        null::numeric as pending_amount,
        'time' as cut_axis,
        {{ epoch_ms('taken_at') }} as cut_value,
        null::timestamptz as wallet_created_at
    from {{ ref('stg_binance__live_captures') }}
),

binance_snapshots as (
    select
        {{ header }},
        'binance' as venue,
        'venue_snapshot' as kind,
        'staging_binance.raw_account_snapshots' as source_table,
        amount,
        null::numeric as freeze_amount,
        null::numeric as unrealised_amount,
        null::numeric as pending_amount,
        'time' as cut_axis,
        {{ epoch_ms('taken_at') }} as cut_value,
        null::timestamptz as wallet_created_at
    from {{ ref('stg_binance__account_snapshots') }}
),

-- `total` is the balance at the wallet's own block. Where no block is told, what is pending is taken off it.
fireblocks_captures as (
    select
        {{ header }},
        'fireblocks' as venue,
        'live_capture' as kind,
        'staging_fireblocks.raw_live_captures' as source_table,
        case when block_height is null then total_amount - pending_amount else total_amount end as amount,
        null::numeric as freeze_amount,
        null::numeric as unrealised_amount,
        pending_amount,
        case when block_height is null then 'time' else 'height' end as cut_axis,
        coalesce(block_height, {{ epoch_ms('taken_at') }}) as cut_value,
        wallet_created_at
    from {{ ref('stg_fireblocks__live_captures') }}
),

positions as (
    select * from binance_captures
    union all
    select * from binance_snapshots
    union all
    select * from fireblocks_captures
)

-- One balance that cannot be read makes the whole reading unusable: what is missing in it is not zero.
-- The spot account shows flexible earn as tokens, which are no cells of it: the earn wallet tells them.
select
    positions.*,
    positions.venue = 'binance' and positions.wallet = 'spot' and exists (
        select from {{ ref('int_binance__earn_tokens') }} as tokens
        where positions.environment = tokens.environment and positions.asset = tokens.token
    ) as is_earn_token,
    {{ account_id("owner_id", "venue", "environment", "account_ref") }} as account_id,
    positions.is_whole
    and bool_and(positions.error_reason is null) over (
        partition by positions.source_table, positions.source_id
    ) as is_usable
from positions
