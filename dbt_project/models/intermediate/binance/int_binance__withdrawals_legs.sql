-- At the application amount and fee go from the balance into in_transit, for good. At completion they leave
-- in_transit. A cancelled, rejected or failed withdrawal gives them back at an instant that no field tells.
with withdrawals as (
    select
        withdrawals.*,
        reads.first_closed_at,
        reads.last_open_at,
        case withdrawals.wallet_type when '0' then 'spot' when '1' then 'funding' end as wallet,
        withdrawals.net_amount + withdrawals.fee_amount as gross_amount,
        case
            when withdrawals.status_code in ('0', '2', '4') then 'open'
            when withdrawals.status_code = '6' then 'completed'
            when withdrawals.status_code in ('1', '3', '5') then 'returned'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__withdrawals') }} as withdrawals
    left join {{ ref('int_binance__withdrawal_reads') }} as reads
        on withdrawals.record_id = reads.record_id
    where withdrawals.error_reason is null
),

legs as (
    select
        withdrawals.*,
        leg.*,
        case
            when leg.moment in ('applied', 'unknown') then withdrawals.applied_at
            when withdrawals.record_status = 'completed' and withdrawals.completed_at is not null
                then withdrawals.completed_at
            else coalesce(withdrawals.last_open_at, withdrawals.applied_at)
        end as occurred_at
    from withdrawals
    inner join lateral (
        values
        ('applied', 'applied', 'balance', -withdrawals.net_amount, 'withdrawal'),
        ('applied_fee', 'applied', 'balance', -withdrawals.fee_amount, 'fee'),
        ('held', 'applied', 'in_transit', withdrawals.gross_amount, 'withdrawal'),
        ('released', 'completed', 'in_transit', -withdrawals.gross_amount, 'withdrawal'),
        ('released', 'returned', 'in_transit', -withdrawals.gross_amount, 'withdrawal'),
        ('returned', 'returned', 'balance', withdrawals.net_amount, 'withdrawal'),
        ('returned_fee', 'returned', 'balance', withdrawals.fee_amount, 'fee'),
        ('released', 'unknown', 'in_transit', -withdrawals.gross_amount, 'unknown')
    ) as leg (leg_role, moment, component, amount, type) on true
    where leg.moment in ('applied', withdrawals.record_status)
),

dated as (
    select
        *,
        moment <> 'applied' and (record_status <> 'completed' or completed_at is null) as is_undated
    from legs
)

{{ binance_legs(
    'dated', 'withdrawals',
    component='component',
    subtype="case type when 'fee' then 'withdrawal_fee' else moment end",
    bracket_start='occurred_at',
    bracket_end="case when is_undated then first_closed_at else " ~ end_of_second('occurred_at') ~ " end",
    counterparty='address',
    network='network',
    tx_hash='tx_hash',
    unmapped_because="'walletType ' || coalesce(wallet_type, 'missing') || ' is no wallet we know'"
) }}
