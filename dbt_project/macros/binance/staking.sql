{#- The staging view of a stream whose records give one asset for another. `given` and `received` are the
    names of the fields of asset and amount; `arrives` that of the time at which the received asset comes,
    where it comes later. -#}
{% macro binance_exchanges(stream, given, received, arrives=none) -%}
with source as (
    {{ newest_versions(source('staging_binance', 'raw_' ~ stream)) }}
),

renamed as (
    select
        {{ provenance('binance', stream) }},
        raw_payload ->> '{{ given[0] }}' as given_asset,
        {{ to_number("raw_payload ->> '" ~ given[1] ~ "'") }} as given_amount,
        raw_payload ->> '{{ received[0] }}' as received_asset,
        {{ to_number("raw_payload ->> '" ~ received[1] ~ "'") }} as received_amount,
        raw_payload ->> 'status' as status_code,
        {{ to_instant("raw_payload ->> 'time'") }} as exchanged_at,
        {{ to_instant("raw_payload ->> '" ~ (arrives or 'time') ~ "'") }} as arrives_at
    from source
)

select
    *,
    {{ error_reason({
        "given_asset is null": given[0] ~ " is missing",
        "given_amount is null": given[1] ~ " is no number",
        "received_asset is null and status_code = 'SUCCESS'": received[0] ~ " is missing",
        "received_amount is null and status_code = 'SUCCESS'": received[1] ~ " is no number",
        "exchanged_at is null": "time is no instant",
        "arrives_at is null and status_code = 'SUCCESS'": (arrives or "time") ~ " is no instant",
    }) }} as error_reason
from renamed
{%- endmacro %}

{#- How a record of staking stands, by the venue's word for it. -#}
{% macro binance_staking_status(word) -%}
    case {{ word }}
        when 'SUCCESS' then 'completed'
        when 'PENDING' then 'pending'
        when 'FAILED' then 'failed'
        else 'unknown'
    end
{%- endmacro %}

{#- The staging view of a stream of payments. `asset` and `amount` are the names of the fields, and `status`
    too, where a payment has one; `paid_in` is the asset where the record names none. -#}
{% macro binance_rewards(stream, amount, asset=none, paid_in=none, status=none) -%}
with source as (
    {{ newest_versions(source('staging_binance', 'raw_' ~ stream)) }}
),

renamed as (
    select
        {{ provenance('binance', stream) }},
        {{ field_of(asset) if asset else "'" ~ paid_in ~ "'" }} as asset,
        {{ field_of(status) if status else "'SUCCESS'" }} as status_code,
        {{ to_number("raw_payload ->> '" ~ amount ~ "'") }} as reward_amount,
        {{ to_instant("raw_payload ->> 'time'") }} as paid_at
    from source
)

select
    *,
    {{ error_reason({
        "asset is null": (asset or "asset") ~ " is missing",
        "reward_amount is null": amount ~ " is no number",
        "paid_at is null": "time is no instant",
    }) }} as error_reason
from renamed
{%- endmacro %}

{#- The staging view of a stream of loans. `loan` and `collateral` are the names of the fields of asset and
    amount, where a record has them; `direction` that of the field which says where collateral goes. -#}
{% macro binance_loans(stream, time, loan=none, collateral=none, status=none, direction=none) -%}
    {%- set is_wrong = {"moved_at is null": time ~ " is no instant"} -%}
    {%- for name, fields in {'loan': loan, 'collateral': collateral}.items() if fields -%}
        {%- do is_wrong.update({name ~ "_asset is null": fields[0] ~ " is missing"}) -%}
        {%- do is_wrong.update({name ~ "_amount is null": fields[1] ~ " is no number"}) -%}
    {%- endfor -%}
with source as (
    {{ newest_versions(source('staging_binance', 'raw_' ~ stream)) }}
),

renamed as (
    select
        {{ provenance('binance', stream) }},
        {{ field_of(loan and loan[0]) }} as loan_asset,
        {{ to_number(field_of(loan and loan[1])) }} as loan_amount,
        {{ field_of(collateral and collateral[0]) }} as collateral_asset,
        {{ to_number(field_of(collateral and collateral[1])) }} as collateral_amount,
        {{ field_of(status) }} as status_code,
        {{ field_of(direction) }} as direction,
        {{ to_instant(field_of(time)) }} as moved_at
    from source
)

select
    *,
    {{ error_reason(is_wrong) }} as error_reason
from renamed
{%- endmacro %}

{#- The text of a field of the record, or null where the records have no such field. -#}
{% macro field_of(name) -%}
    {{ "(raw_payload ->> '" ~ name ~ "')" if name else "null::text" }}
{%- endmacro %}
