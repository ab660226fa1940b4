-- What a liquidation left owing is paid from spot; the debt itself is in no wallet.
with legs as (
    select
        *,
        'repayment' as leg_role,
        'spot' as wallet,
        -repaid_amount as amount,
        case status_code
            when 'SUCCESS' then 'completed'
            when 'PENDING' then 'pending'
            else 'unknown'
        end as record_status,
        created_at as occurred_at
    from {{ ref('stg_binance__margin_liquidation_repays') }}
    where error_reason is null
)

{{ binance_legs(
    'legs', 'margin_liquidation_repays',
    type="case record_status when 'unknown' then 'unknown' else 'repay' end",
    subtype="'liquidation_loan'",
    status='record_status'
) }}
