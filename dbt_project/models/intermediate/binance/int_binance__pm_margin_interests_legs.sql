-- Interest adds to what is owed, on the hour exactly, that on a negative balance too; what is paid in BNB is
-- taken from the wallet at once, and nothing is owed.
with interests as (
    select
        *,
        interest_type like '%\_CONVERTED' as is_paid
    from {{ ref('stg_binance__pm_margin_interests') }}
    where error_reason is null
),

legs as (
    select
        *,
        'interest' as leg_role,
        'portfolio_margin' as wallet,
        case when is_paid then 'balance' else 'interest' end as component,
        case when is_paid then -interest_amount else interest_amount end as amount,
        case
            when
                interest_type in (
                    'PERIODIC', 'ON_BORROW', 'PERIODIC_CONVERTED', 'ON_BORROW_CONVERTED', 'PORTFOLIO'
                )
                then 'interest'
            else 'unknown'
        end as type,
        accrued_at as occurred_at
    from interests
)

{{ binance_legs(
    'legs', 'pm_margin_interests',
    component='component',
    subtype='lower(interest_type)',
    is_exact='true'
) }}
