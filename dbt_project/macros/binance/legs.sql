{#- The columns of a model of legs, in their order. `relation` holds the columns of the staging view and, for
    each leg: leg_role, wallet, asset, amount (signed; zero where the record moved nothing) and occurred_at.
    The other arguments are SQL expressions over it. A leg whose wallet is null is reported as unmapped, with
    `unmapped_because`; one whose `type` is unknown too, and its status is pending.

    A time that is told in whole seconds stands for the whole second, unless `is_exact`. -#}
{% macro binance_legs(
    relation,
    stream,
    event_id='record_id',
    leg_ordinal='0',
    component="'balance'",
    type='type',
    subtype='null::text',
    status="'completed'",
    is_exact='false',
    bracket_start=none,
    bracket_end=none,
    counterparty='null::text',
    network='null::text',
    tx_hash='null::text',
    symbol='null::text',
    price='null::numeric',
    unmapped_because='null::text',
    source_stream=none,
    source_table=none
) -%}
select
    record_id,
    {{ event_id }} as event_id,
    leg_role,
    {{ leg_ordinal }} as leg_ordinal,
    owner_id,
    data_source_id,
    {{ account_id("owner_id", "'binance'", "environment", "account_ref") }} as account_id,
    'binance' as venue,
    wallet,
    asset,
    {{ component }} as component,
    amount,
    {{ type }} as type,
    {{ subtype }} as subtype,
    case when {{ type }} = 'unknown' then 'pending' else {{ status }} end as status,
    occurred_at,
    {% if bracket_start is not none -%}
        {{ bracket_start }} as bracket_start,
        {{ bracket_end }} as bracket_end,
    {%- else -%}
        case when not {{ is_exact }} and {{ is_whole_second('occurred_at') }} then occurred_at end
            as bracket_start,
        case when not {{ is_exact }} and {{ is_whole_second('occurred_at') }} then {{ end_of_second('occurred_at') }} end
            as bracket_end,
    {%- endif %}
    'time' as cut_axis,
    {{ epoch_ms('occurred_at') }} as cut_value,
    {{ counterparty }} as counterparty,
    {{ network }} as network,
    {{ tx_hash }} as tx_hash,
    {{ symbol }} as symbol,
    {{ price }} as price,
    {{ source_stream or "'" ~ stream ~ "'" }} as source_stream,
    {{ source_table or "'staging_binance.raw_" ~ stream ~ "'" }} as source_table,
    source_raw_id,
    source_id,
    recorded_at,
    {{ unmapped_because }} as unmapped_because
from {{ relation }}
{%- endmacro %}
