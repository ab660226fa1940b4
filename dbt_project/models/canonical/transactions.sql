{{ config(indexes=[
    {'columns': ['account_id', 'wallet', 'asset', 'component', 'occurred_at']},
    {'columns': ['account_id', 'wallet', 'occurred_at']},
    {'columns': ['record_id']},
]) }}

with legs as (
    {%- for model in [
        'int_binance__spot_trades_legs', 'int_binance__deposits_legs', 'int_binance__withdrawals_legs',
        'int_binance__transfers_legs', 'int_fireblocks__transactions_legs'
    ] %}
        select * from {{ ref(model) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    {{ digest(["record_id", "leg_role", "leg_ordinal::text"]) }} as transaction_id,
    event_id,
    record_id,
    owner_id,
    data_source_id,
    account_id,
    venue,
    wallet,
    asset,
    component,
    amount,
    type,
    subtype,
    status,
    occurred_at,
    {{ utc_date('occurred_at') }} as occurred_on,
    bracket_start,
    bracket_end,
    cut_axis,
    cut_value,
    counterparty,
    network,
    tx_hash,
    symbol,
    price,
    source_stream,
    source_table,
    source_raw_id,
    source_id,
    recorded_at
from legs
