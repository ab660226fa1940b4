{{ config(indexes=[
    {'columns': ['account_id', 'wallet', 'asset', 'component', 'occurred_at']},
    {'columns': ['account_id', 'wallet', 'occurred_at']},
    {'columns': ['record_id']},
]) }}

with legs as (
    {%- for model in ['int_binance__legs', 'int_fireblocks__transactions_legs'] %}
        select {{ leg_columns() }}
        from {{ ref(model) }}
        where wallet is not null and asset is not null and amount <> 0
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
