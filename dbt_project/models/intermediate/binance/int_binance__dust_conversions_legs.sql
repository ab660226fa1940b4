-- Each detail gives an asset and receives the target, of which the charge is taken already; older details
-- name no target: it was BNB. A record without details is told by a leg without an asset.
with details as (
    select
        dust.*,
        detail.number as leg_number,
        detail.entry ->> 'fromAsset' as from_asset,
        coalesce(detail.entry ->> 'targetAsset', 'BNB') as to_asset,
        {{ to_number("detail.entry ->> 'amount'") }} as from_amount,
        {{ to_number("detail.entry ->> 'transferedAmount'") }} as to_amount,
        coalesce({{ to_instant("detail.entry ->> 'operateTime'") }}, dust.converted_at) as occurred_at
    from {{ ref('stg_binance__dust_conversions') }} as dust
    left join lateral jsonb_array_elements(dust.details) with ordinality as detail (entry, number) on true
    where dust.error_reason is null
),

legs as (
    select
        details.*,
        leg.*,
        'spot' as wallet
    from details
    inner join lateral (
        values
        ('from', details.from_asset, -details.from_amount),
        ('to', details.to_asset, details.to_amount)
    ) as leg (leg_role, asset, amount) on true
)

{{ binance_legs(
    'legs', 'dust_conversions',
    leg_ordinal='coalesce(leg_number, 0)',
    type="'conversion'",
    subtype="'dust'",
    unmapped_because="'a detail names no asset or no amount'"
) }}
