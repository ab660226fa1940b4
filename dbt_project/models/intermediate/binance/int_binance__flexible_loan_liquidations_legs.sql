-- The collateral left spot when it was pledged. What a liquidation leaves of it comes back (?) at an instant
-- that no field tells: between the last read that showed it going on, or else its beginning, and the first
-- that showed it ended.
-- In a status that is not listed it may have come back since the beginning.
with records as (
    select
        liquidations.*,
        reads.first_closed_at,
        reads.last_open_at,
        case lower(liquidations.status_code)
            when 'liquidated' then 'completed'
            when 'liquidating' then 'pending'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__flexible_loan_liquidations') }} as liquidations
    left join {{ ref('int_binance__flexible_loan_liquidation_reads') }} as reads
        on liquidations.record_id = reads.record_id
    where liquidations.error_reason is null
),

liquidations as (
    select
        records.*,
        'spot' as wallet,
        'collateral' as leg_role,
        records.collateral_asset as asset,
        case records.record_status
            when 'unknown' then nullif(records.returned_amount, 0)
            else coalesce(records.returned_amount, 0)
        end as amount,
        case records.record_status
            when 'completed' then coalesce(records.last_open_at, records.began_at)
            else records.began_at
        end as occurred_at
    from records
)

{{ binance_legs(
    'liquidations', 'flexible_loan_liquidations',
    type="case record_status when 'unknown' then 'unknown' else 'liquidation' end",
    subtype="'collateral_left'",
    status='record_status',
    bracket_start='occurred_at',
    bracket_end='first_closed_at'
) }}
