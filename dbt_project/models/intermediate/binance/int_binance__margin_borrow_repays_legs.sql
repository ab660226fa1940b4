-- The loan and the interest that is owed; the balance is told by capital flow.
with records as (
    select
        *,
        {{ binance_margin_wallet('pair') }} as wallet,
        case status_code
            when 'CONFIRMED' then 'completed'
            when 'PENDING' then 'pending'
            when 'FAILED' then 'failed'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__margin_borrow_repays') }}
    where error_reason is null
),

legs as (
    select
        records.*,
        leg.*,
        case records.record_status when 'unknown' then 'unknown' else lower(records.direction) end as type,
        records.done_at as occurred_at
    from records
    inner join lateral (
        values
        ('BORROW', 'borrowed', 'loan', records.total_amount),
        ('REPAY', 'principal', 'loan', -records.principal_amount),
        ('REPAY', 'interest', 'interest', -records.interest_amount)
    ) as leg (asked, leg_role, component, amount) on records.direction = leg.asked
)

{{ binance_legs(
    'legs', 'margin_borrow_repays',
    event_id=record_id('binance', 'margin_transactions', source_raw_id='tran_id'),
    component='component',
    subtype='leg_role',
    status='record_status'
) }}
