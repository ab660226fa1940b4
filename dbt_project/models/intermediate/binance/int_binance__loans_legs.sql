-- What is lent comes into spot and what is pledged leaves it; repaying is the reverse. What is owed has no
-- wallet.
with records as (
    {%- for stream in binance_streams_with_legs_of('int_binance__loans_legs') %}
        select
            *,
            '{{ stream }}' as stream
        from {{ ref('stg_binance__' ~ stream) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

read as (
    select
        *,
        case
            when stream = 'flexible_loan_ltv_adjustments'
                then case when direction in ('ADDITIONAL', 'REDUCED') then 'completed' else 'unknown' end
            when stream = 'flexible_loan_borrows' and upper(status_code) = 'SUCCEEDS' then 'completed'
            when stream <> 'flexible_loan_borrows' and upper(status_code) = 'REPAID' then 'completed'
            when upper(status_code) in ('PROCESSING', 'REPAYING') then 'pending'
            when upper(status_code) = 'FAILED' then 'failed'
            else 'unknown'
        end as record_status,
        case stream when 'flexible_loan_borrows' then 1 else -1 end as loan_sign,
        case when stream = 'flexible_loan_borrows' or direction = 'ADDITIONAL' then -1 else 1 end
            as collateral_sign
    from records
    where error_reason is null
),

legs as (
    select
        read.*,
        leg.leg_role,
        'spot' as wallet,
        leg.asset,
        leg.amount,
        leg.leg_type,
        read.moved_at as occurred_at
    from read
    inner join lateral (
        values
        (
            'loan',
            read.loan_asset,
            read.loan_sign * read.loan_amount,
            case read.stream when 'flexible_loan_borrows' then 'borrow' else 'repay' end
        ),
        ('collateral', read.collateral_asset, read.collateral_sign * read.collateral_amount, 'transfer')
    ) as leg (leg_role, asset, amount, leg_type) on true
    where leg.asset is not null
)

{{ binance_legs(
    'legs', 'loans',
    type="case record_status when 'unknown' then 'unknown' else leg_type end",
    subtype='stream',
    status='record_status',
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
