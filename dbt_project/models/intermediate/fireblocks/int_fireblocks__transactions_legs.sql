with movements as (
    select
        transactions.*,
        movements.leg_role,
        movements.leg_ordinal,
        movements.asset as leg_asset,
        movements.amount,
        movements.counterparty,
        reads.first_closed_at,
        reads.last_open_at,
        {{ account_id("transactions.owner_id", "'fireblocks'", "transactions.environment",
            "transactions.account_ref || '/' || movements.vault_id") }} as account_id
    from {{ ref('int_fireblocks__transactions') }} as transactions
    inner join {{ ref('int_fireblocks__movements') }} as movements
        on transactions.record_id = movements.record_id
    left join {{ ref('int_fireblocks__transaction_reads') }} as reads
        on transactions.record_id = reads.record_id
    where movements.amount <> 0 and movements.reason is null
),

-- A wallet that no capture has shown yet is on the axis that the record itself tells.
placed as (
    select
        movements.*,
        case
            when movements.block_height is null then 'time'
            else coalesce(axes.cut_axis, 'height')
        end as cut_axis,
        movements.block_height is null and coalesce(axes.cut_axis = 'height', false) as lacks_its_block
    from movements
    left join {{ ref('int_fireblocks__wallet_axes') }} as axes
        on
            movements.account_id = axes.account_id
            and movements.leg_asset = axes.asset
),

-- On the height axis a leg sums from its block on, confirmed or not.
decided as (
    select
        *,
        case
            when state = 'unknown' or not is_known_operation then 'unknown'
            when state in ('done', 'held') then 'completed'
            when state = 'open' and cut_axis = 'height' then 'completed'
            when state = 'open' then 'pending'
            when leg_role = 'fee' and has_failed_in_a_block then 'completed'
            else 'failed'
        end as leg_status,
        case when first_closed_at is null then created_at else last_open_at end as occurred_at
    from placed
)

select
    record_id,
    record_id as event_id,
    leg_role,
    leg_ordinal,
    owner_id,
    data_source_id,
    account_id,
    'fireblocks' as venue,
    'vault' as wallet,
    leg_asset as asset,
    'balance' as component,
    amount,
    case
        when leg_status = 'unknown' then 'unknown'
        when leg_role in ('fee', 'rent') then 'fee'
        when leg_role in ('source_reward', 'destination_reward') then 'reward'
        when operation = 'STAKE' then 'stake'
        when
            shape = 'one_destination'
            and leg_role in ('source', 'destination')
            and source_type = 'VAULT_ACCOUNT'
            and destination_type = 'VAULT_ACCOUNT'
            then 'transfer'
        when amount > 0 then 'deposit'
        else 'withdrawal'
    end as type,
    case leg_role when 'rent' then 'rent' else lower(operation) end as subtype,
    case leg_status when 'unknown' then 'pending' else leg_status end as status,
    occurred_at,
    -- Without its block, it may be in any balance since what comes in was mined (before there was a record of
    -- it), up to one that lags behind the record's end.
    case
        when first_closed_at is null then null
        when lacks_its_block
            then created_at - case when amount > 0 then interval '1 hour' else interval '0' end
        else occurred_at
    end as bracket_start,
    first_closed_at
    + case when lacks_its_block then {{ fireblocks_lag() }} else interval '0' end as bracket_end,
    cut_axis,
    case cut_axis when 'height' then block_height else {{ epoch_ms('occurred_at') }} end as cut_value,
    counterparty,
    null as network,
    tx_hash,
    null as symbol,
    null::numeric as price,
    'transactions' as source_stream,
    'staging_fireblocks.raw_transactions' as source_table,
    source_raw_id,
    source_id,
    recorded_at
from decided
