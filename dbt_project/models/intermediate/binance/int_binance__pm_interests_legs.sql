-- Interest on a negative balance is a row of pm_margin_interests too, which adds it to what is owed: here it
-- moves nothing again.
with interests as (
    select
        *,
        'interest' as leg_role,
        'portfolio_margin' as wallet,
        'interest' as type,
        0 as amount,
        accrued_at as occurred_at
    from {{ ref('stg_binance__pm_interests') }}
    where error_reason is null
)

{{ binance_legs(
    'interests', 'pm_interests',
    component="'interest'",
    subtype="'told_by_pm_margin_interests'",
    is_exact='true'
) }}
