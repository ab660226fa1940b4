-- A VIP loan is paid into the spot wallet (?) of the account that it names, a master's own or one of its
-- sub-accounts, and its collateral stays where it is. A loanDate of a midnight may be a date alone: then all
-- that is known is between which reads it was paid out.
with loans as (
    select
        loans.record_id,
        loans.source_id,
        loans.data_source_id,
        loans.owner_id,
        loans.environment,
        loans.receiver_ref as account_ref,
        loans.source_raw_id,
        loans.recorded_at,
        loans.loan_asset as asset,
        loans.loan_amount as amount,
        'spot' as wallet,
        'loan' as leg_role,
        loans.lent_at = date_trunc('day', loans.lent_at, 'UTC') as is_date,
        reads.first_closed_at,
        coalesce(loans.lent_at, loans.observed_at) as told_at,
        coalesce(reads.last_open_at, loans.lent_at) as last_open_at,
        case
            when
                lower(loans.status_code) in (
                    'accruing_interest', 'overdue', 'liquidating', 'repaying', 'repaid', 'liquidated'
                )
                then 'completed'
            when lower(loans.status_code) = 'pending' then 'pending'
            when lower(loans.status_code) = 'failed' then 'failed'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__vip_loan_borrows') }} as loans
    left join {{ ref('int_binance__vip_loan_borrow_reads') }} as reads
        on loans.record_id = reads.record_id
    where loans.error_reason is null
),

legs as (
    select
        *,
        record_status = 'completed' and is_date as is_undated,
        case when record_status = 'completed' and is_date then last_open_at else told_at end as occurred_at
    from loans
)

{{ binance_legs(
    'legs', 'vip_loan_borrows',
    type="case record_status when 'unknown' then 'unknown' else 'borrow' end",
    subtype="'vip_loan_borrows'",
    status='record_status',
    bracket_start="case when is_undated or " ~ is_whole_second('occurred_at') ~ " then occurred_at end",
    bracket_end="case when is_undated then first_closed_at when " ~ is_whole_second('occurred_at')
        ~ " then " ~ end_of_second('occurred_at') ~ " end"
) }}
