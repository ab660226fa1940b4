-- Records that moved nothing, and why: what is not here, has no leg and could be mapped, was forgotten.
with without_amount as (
    select
        source_table,
        source_id,
        case
            when bool_and(subtype = 'told_by_dividends') then 'the dividends tell it'
            when bool_and(subtype = 'order') then 'an order moves nothing itself'
            when bool_and(subtype = 'still_owned') then 'what is pledged is still owned'
            else 'its amounts are zero'
        end as reason
    from {{ ref('int_binance__legs') }}
    group by source_table, source_id
    having bool_and(coalesce(amount = 0, false))
),

-- What failed and whose wallet, asset or amount nobody knows.
failed as (
    select
        source_table,
        source_id,
        'it failed' as reason
    from {{ ref('int_binance__legs') }}
    group by source_table, source_id
    having bool_and(status = 'failed' and (wallet is null or asset is null or amount is null))
),

-- What a file tells without ids is evidence only: it might be what an endpoint tells as well.
in_files as (
    select
        source_table,
        source_id,
        'the endpoint tells it too' as reason
    from {{ ref('int_binance__income_file_ties') }}
    where not is_contradicted
    {%- for stream in binance_files_without_ids() %}
        union all
        select
            'staging_binance.raw_{{ stream }}' as source_table,
            source_id,
            'it has no id: evidence only' as reason
        from {{ ref('stg_binance__' ~ stream) }}
        where error_reason is null
    {%- endfor %}
),

movements as (
    select
        record_id,
        bool_or(coalesce(amount <> 0, false)) as has_amount,
        bool_or(coalesce(amount <> 0, false) and reason is null) as has_booked
    from {{ ref('int_fireblocks__movements') }}
    group by record_id
),

transactions as (
    select
        transactions.*,
        movements.record_id is not null as has_vault,
        coalesce(movements.has_amount, false) as has_amount,
        coalesce(movements.has_booked, false) as has_booked
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
            when not has_vault then 'it tells nothing that moves in a vault account'
            when not has_booked and state in ('open', 'ended') then 'it has moved nothing'
            when not has_amount then 'its amounts are zero'
        end as reason
    from transactions
)

select * from without_amount
union all
select * from failed
union all
select * from in_files
union all
select * from explained
where reason is not null
