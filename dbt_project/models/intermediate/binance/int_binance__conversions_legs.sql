-- createTime is the only time of a conversion, and a limit order fills up to a month later: all that is known
-- is between which reads it was filled. A read that did not show it yet counts as one that showed it open.
with conversions as (
    select
        conversions.*,
        reads.first_closed_at,
        'spot' as wallet,
        coalesce(reads.last_open_at, conversions.created_at) as last_open_at,
        case conversions.status_code
            when 'SUCCESS' then 'completed'
            when 'FAIL' then 'failed'
            when 'PROCESS' then 'pending'
            when 'ACCEPT_SUCCESS' then 'pending'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__conversions') }} as conversions
    left join {{ ref('int_binance__conversion_reads') }} as reads
        on conversions.record_id = reads.record_id
    where conversions.error_reason is null
),

legs as (
    select
        conversions.*,
        leg.*,
        case conversions.record_status
            when 'completed' then conversions.last_open_at
            else conversions.created_at
        end as occurred_at
    from conversions
    inner join lateral (
        values
        ('from', conversions.from_asset, -conversions.from_amount),
        ('to', conversions.to_asset, conversions.to_amount)
    ) as leg (leg_role, asset, amount) on true
)

{{ binance_legs(
    'legs', 'conversions',
    type="case record_status when 'unknown' then 'unknown' else 'conversion' end",
    subtype="'convert'",
    status='record_status',
    bracket_start='occurred_at',
    bracket_end='first_closed_at',
    price='price'
) }}
