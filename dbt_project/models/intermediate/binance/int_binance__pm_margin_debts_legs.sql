-- Loans and repayments of portfolio margin: what is owned and what is owed, for no other list tells either.
{% set columns = ['owner_id', 'environment', 'data_source_id', 'account_ref', 'record_id', 'source_raw_id',
    'source_id', 'recorded_at', 'asset', 'status_code', 'principal_amount', 'done_at'] -%}

with records as (
    select
        {{ columns | join(', ') }},
        'pm_margin_loans' as stream,
        null::numeric as interest_amount,
        null::numeric as total_amount
    from {{ ref('stg_binance__pm_margin_loans') }}
    where error_reason is null
    union all
    select
        {{ columns | join(', ') }},
        'pm_margin_repays' as stream,
        interest_amount,
        total_amount
    from {{ ref('stg_binance__pm_margin_repays') }}
    where error_reason is null
),

known as (
    select
        *,
        case status_code
            when 'CONFIRMED' then 'completed'
            when 'PENDING' then 'pending'
            when 'FAILED' then 'failed'
            else 'unknown'
        end as record_status
    from records
),

legs as (
    select
        known.*,
        leg.leg_role,
        leg.component,
        leg.amount,
        'portfolio_margin' as wallet,
        case known.record_status when 'unknown' then 'unknown' else leg.type end as type,
        known.done_at as occurred_at
    from known
    inner join lateral (
        values
        ('pm_margin_loans', 'borrow', 'received', 'balance', known.principal_amount),
        ('pm_margin_loans', 'borrow', 'borrowed', 'loan', known.principal_amount),
        ('pm_margin_repays', 'repay', 'paid', 'balance', -known.total_amount),
        ('pm_margin_repays', 'repay', 'principal', 'loan', -known.principal_amount),
        ('pm_margin_repays', 'repay', 'interest', 'interest', -known.interest_amount)
    ) as leg (stream, type, leg_role, component, amount) on known.stream = leg.stream
)

{{ binance_legs(
    'legs', 'pm_margin_loans',
    component='component',
    subtype='leg_role',
    status='record_status',
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
