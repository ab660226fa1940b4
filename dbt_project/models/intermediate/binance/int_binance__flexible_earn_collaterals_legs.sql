-- What is pledged for a loan, and what comes back, is owned before and after: the reading adds the two up.
with legs as (
    select
        record_id,
        source_id,
        data_source_id,
        owner_id,
        environment,
        account_ref,
        source_raw_id,
        recorded_at,
        asset,
        order_id,
        'collateral' as leg_role,
        'earn_flexible' as wallet,
        0::numeric as amount,
        pledged_at as occurred_at
    from {{ ref('stg_binance__flexible_earn_collaterals') }}
    where error_reason is null
)

{{ binance_legs(
    'legs', 'flexible_earn_collaterals',
    type="'stake'",
    subtype="'still_owned'",
    counterparty='order_id'
) }}
