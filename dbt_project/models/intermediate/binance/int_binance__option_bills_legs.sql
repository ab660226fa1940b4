-- Every bill is one signed leg of the options wallet. Those that share an id happened together.
with bills as (
    select
        *,
        'bill' as leg_role,
        'options' as wallet,
        happened_at as occurred_at,
        case bill_type
            when 'TRANSFER' then 'transfer'
            when 'CONTRACT' then 'trade'
            when 'FEE' then 'fee'
            when 'EXERCISE_FEE' then 'fee'
            when 'EXERCISE_PNL' then 'pnl'
            else 'unknown'
        end as type,
        {{ digest([
            "owner_id::text", "'binance'", "environment", "account_ref", "'option_bills'", "bill_id",
        ]) }} as event_id
    from {{ ref('stg_binance__option_bills') }}
    where error_reason is null
)

{{ binance_legs(
    'bills', 'option_bills',
    event_id='event_id',
    subtype='lower(bill_type)',
    symbol='symbol'
) }}
