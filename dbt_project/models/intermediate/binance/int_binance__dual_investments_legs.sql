-- What is invested leaves spot (?) when it is subscribed, and a refund comes back between two reads. What a
-- settlement pays is no leg: int_binance__dual_settlements.
with positions as (
    select
        positions.*,
        reads.first_closed_at,
        coalesce(reads.last_open_at, positions.subscribed_at) as last_open_at,
        case
            when
                positions.status_code in (
                    'PURCHASE_SUCCESS', 'SETTLING', 'SETTLED', 'REFUNDING', 'REFUND_SUCCESS'
                )
                then 'completed'
            when positions.status_code = 'PENDING' then 'pending'
            when positions.status_code = 'PURCHASE_FAIL' then 'failed'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__dual_investments') }} as positions
    left join {{ ref('int_binance__dual_investment_reads') }} as reads
        on positions.record_id = reads.record_id
    where positions.error_reason is null
),

legs as (
    select
        positions.*,
        leg.*,
        'spot' as wallet,
        positions.invested_asset as asset,
        leg.leg_role = 'refunded' as is_refund,
        case leg.leg_role when 'refunded' then positions.last_open_at else positions.subscribed_at end
            as occurred_at
    from positions
    inner join lateral (
        values
        ('subscribed', -positions.invested_amount, positions.record_status),
        (
            'refunded',
            positions.invested_amount,
            case positions.status_code
                when 'REFUNDING' then 'pending'
                when 'REFUND_SUCCESS' then 'completed'
            end
        )
    ) as leg (leg_role, amount, status) on true
    where leg.status is not null
)

{{ binance_legs(
    'legs', 'dual_investments',
    type="case record_status when 'unknown' then 'unknown' else 'stake' end",
    subtype="'dual_investment'",
    status='status',
    bracket_start="case when is_refund or " ~ is_whole_second('occurred_at') ~ " then occurred_at end",
    bracket_end="case when is_refund then first_closed_at when " ~ is_whole_second('occurred_at')
        ~ " then " ~ end_of_second('occurred_at') ~ " end",
    price='strike_price'
) }}
