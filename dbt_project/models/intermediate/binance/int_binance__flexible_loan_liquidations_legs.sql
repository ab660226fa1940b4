-- The collateral left spot when it was pledged. What a liquidation leaves of it comes back (?) at an instant
-- that no field tells: between the last read that showed it going on, or else its beginning, and the first
-- that showed it ended.
with liquidations as (
    select
        liquidations.*,
        reads.first_closed_at,
        'spot' as wallet,
        'collateral' as leg_role,
        liquidations.collateral_asset as asset,
        coalesce(liquidations.returned_amount, 0) as amount,
        coalesce(reads.last_open_at, liquidations.began_at) as occurred_at,
        case lower(liquidations.status_code)
            when 'liquidated' then 'completed'
            when 'liquidating' then 'pending'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__flexible_loan_liquidations') }} as liquidations
    left join {{ ref('int_binance__flexible_loan_liquidation_reads') }} as reads
        on liquidations.record_id = reads.record_id
    where liquidations.error_reason is null
)

{{ binance_legs(
    'liquidations', 'flexible_loan_liquidations',
    type="case record_status when 'unknown' then 'unknown' else 'liquidation' end",
    subtype="'collateral_left'",
    status='record_status',
    bracket_start='occurred_at',
    bracket_end='first_closed_at'
) }}
