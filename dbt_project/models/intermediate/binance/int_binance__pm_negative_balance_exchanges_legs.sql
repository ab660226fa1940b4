-- A record names the assets whose negative balance was exchanged, and neither what that took nor what it
-- gave: nothing of them is proven from there on, and where it names none, nothing of the wallet.
with exchanges as (
    select
        exchanges.*,
        coalesce(detail.ordinal, 0) as ordinal,
        'exchanged' as leg_role,
        'portfolio_margin' as wallet,
        'unknown' as type,
        null::numeric as amount,
        detail.fields ->> 'asset' as asset,
        exchanges.begun_at as occurred_at
    from {{ ref('stg_binance__pm_negative_balance_exchanges') }} as exchanges
    left join lateral jsonb_array_elements(exchanges.details) with ordinality as detail (fields, ordinal)
        on true
    where exchanges.error_reason is null
)

{{ binance_legs(
    'exchanges', 'pm_negative_balance_exchanges',
    leg_ordinal='ordinal',
    subtype="'negative_balance'",
    bracket_start='begun_at',
    bracket_end='ended_at',
    unmapped_because="'what the exchange took and gave is not told'"
) }}
