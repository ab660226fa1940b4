-- Credited at status 1 (success) or 6 (credited, not yet to be withdrawn).
with deposits as (
    select
        deposits.*,
        reads.first_closed_at,
        reads.last_open_at,
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
        end as occurred_at,
        'credit' as leg_role
    from deposits
)

{{ binance_legs(
    'dated', 'deposits',
    type="case record_status when 'unknown' then 'unknown' else 'deposit' end",
    status='record_status',
    bracket_start="case when is_undated or " ~ is_whole_second('occurred_at') ~ " then occurred_at end",
    bracket_end="case when is_undated then first_closed_at when " ~ is_whole_second('occurred_at')
        ~ " then " ~ end_of_second('occurred_at') ~ " end",
    counterparty='address',
    network='network',
    tx_hash='tx_hash',
    unmapped_because="'walletType ' || coalesce(wallet_type, 'missing') || ' is no wallet we know'"
) }}
