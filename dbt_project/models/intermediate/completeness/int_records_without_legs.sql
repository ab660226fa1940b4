-- Records that moved nothing, and why: what is not here, has no leg and could be mapped, was forgotten.
with without_amount as (
    {%- for stream, amount in {
        'spot_trades': 'abs(base_amount) + abs(quote_amount) + abs(commission_amount)',
        'deposits': 'amount',
        'withdrawals': 'abs(net_amount) + abs(fee_amount)',
    }.items() %}
        select
            'staging_binance.raw_{{ stream }}' as source_table,
            source_id,
            'its amounts are zero' as reason
        from {{ ref('stg_binance__' ~ stream) }}
        where error_reason is null and {{ amount }} = 0
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

movements as (
    select
        record_id,
        bool_or(coalesce(amount <> 0, false)) as has_amount
    from {{ ref('int_fireblocks__movements') }}
    group by record_id
),

transactions as (
    select
        transactions.*,
        movements.record_id is not null as has_vault,
        coalesce(movements.has_amount, false) as has_amount
    from {{ ref('int_fireblocks__transactions') }} as transactions
    left join movements
        on transactions.record_id = movements.record_id
),

explained as (
    select
        'staging_fireblocks.raw_transactions' as source_table,
        source_id,
        case
            when operation in ('RAW', 'TYPED_MESSAGE') then 'only something was signed'
            when not has_vault then 'no vault account is on either side'
            when not has_amount and state in ('open', 'ended') then 'it has no amounts and moved nothing'
            when not has_amount then 'its amounts are zero'
        end as reason
    from transactions
)

select * from without_amount
union all
select * from explained
where reason is not null
