-- Credited at status 1 (success) or 6 (credited, not yet to be withdrawn).
with deposits as (
    select
        deposits.*,
        reads.first_closed_at,
        reads.last_open_at,
        {{ account_id("deposits.owner_id", "'binance'", "deposits.environment", "deposits.account_ref") }}
            as account_id,
        case deposits.wallet_type when '0' then 'spot' when '1' then 'funding' end as wallet,
        case
            when deposits.status_code in ('1', '6') then 'completed'
            when deposits.status_code in ('0', '8') then 'pending'
            when deposits.status_code in ('2', '7') then 'failed'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__deposits') }} as deposits
    left join {{ ref('int_binance__deposit_reads') }} as reads
        on deposits.record_id = reads.record_id
    where deposits.error_reason is null
),

-- completeTime is told for deposits after 2025-03-06. Where it should be there and is not, all that is
-- known is between which reads the amount was credited.
dated as (
    select
        *,
        record_status = 'completed' and completed_at is null and inserted_at >= '2025-03-06 00:00:00+00'
            as is_undated,
        case
            when record_status <> 'completed' then inserted_at
            when completed_at is not null then completed_at
            when inserted_at >= '2025-03-06 00:00:00+00' then coalesce(last_open_at, inserted_at)
            else inserted_at
        end as occurred_at
    from deposits
)

select
    record_id,
    record_id as event_id,
    'credit' as leg_role,
    0 as leg_ordinal,
    owner_id,
    data_source_id,
    account_id,
    'binance' as venue,
    wallet,
    asset,
    'balance' as component,
    amount,
    case record_status when 'unknown' then 'unknown' else 'deposit' end as type,
    null as subtype,
    case record_status when 'unknown' then 'pending' else record_status end as status,
    occurred_at,
    case when is_undated or {{ is_whole_second('occurred_at') }} then occurred_at end as bracket_start,
    case
        when is_undated then first_closed_at
        when {{ is_whole_second('occurred_at') }} then {{ end_of_second('occurred_at') }}
    end as bracket_end,
    'time' as cut_axis,
    {{ epoch_ms('occurred_at') }} as cut_value,
    address as counterparty,
    network,
    tx_hash,
    null as symbol,
    null::numeric as price,
    'deposits' as source_stream,
    'staging_binance.raw_deposits' as source_table,
    source_raw_id,
    source_id,
    recorded_at
from dated
where wallet is not null and amount <> 0
