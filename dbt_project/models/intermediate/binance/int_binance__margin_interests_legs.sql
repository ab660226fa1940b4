-- Interest adds to what is owed, on the hour exactly. Where it is paid in BNB it is taken from the wallet at
-- once, and nothing is owed; capital flow has no type for it.
with interests as (
    select
        *,
        interest_type like '%\_CONVERTED' as is_paid
    from {{ ref('stg_binance__margin_interests') }}
    where error_reason is null
),

legs as (
    select
        *,
        'interest' as leg_role,
        case when interest_type <> 'PORTFOLIO' then {{ binance_margin_wallet('pair') }} end as wallet,
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
    'legs', 'margin_interests',
    component='component',
    subtype='lower(interest_type)',
    is_exact='true',
    unmapped_because="'interest on a negative balance of portfolio margin'"
) }}
