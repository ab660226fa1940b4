-- Every row of income is one signed leg of the wallet that it is of. The rows of one fill happened together.
with income as (
    {%- for stream, wallet in binance_income_wallets().items() %}
        select
            *,
            '{{ stream }}' as stream,
            '{{ wallet }}' as wallet
        from {{ ref('stg_binance__' ~ stream) }}
        where error_reason is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

legs as (
    select
        *,
        'income' as leg_role,
        happened_at as occurred_at,
        {{ binance_income_type('income_type') }} as type,
        case
            when trade_id is null then record_id
            else {{ digest([
                "owner_id::text", "'binance'", "environment", "account_ref", "stream",
                "coalesce(symbol, '')", "trade_id",
            ]) }}
        end as event_id
    from income
)

{{ binance_legs(
    'legs', 'income',
    event_id='event_id',
    subtype='lower(income_type)',
    symbol='symbol',
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
