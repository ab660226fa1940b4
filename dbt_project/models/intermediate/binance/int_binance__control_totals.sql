{{ config(materialized='table') }}

-- The overview of all wallets against the captures that close the same day. It may be older than they are, so
-- a difference proves nothing; a wallet that it shows and that nobody captured is one that nobody knows of.
with overviews as (
    select distinct
        owner_id,
        account_id,
        day,
        taken_at,
        source_id
    from {{ ref('int_binance__control_readings') }}
),

told_wallets as (
    select
        source_id,
        wallet_name,
        max(total_amount) as total_amount,
        bool_or(asset is not null) or max(total_amount) = 0 as is_detailed
    from {{ ref('int_binance__control_readings') }}
    group by source_id, wallet_name
),

amounts as (
    select
        source_id,
        wallet_name,
        asset,
        component,
        amount as captured_amount,
        null::numeric as told_amount
    from {{ ref('int_binance__control_captures') }}
    where asset is not null
    union all
    select
        readings.source_id,
        readings.wallet_name,
        readings.asset,
        part.component,
        null as captured_amount,
        part.amount as told_amount
    from {{ ref('int_binance__control_readings') }} as readings
    inner join lateral (
        values ('balance', readings.balance_amount), ('in_transit', readings.in_transit_amount)
    ) as part (component, amount) on true
    where readings.asset is not null or part.component = 'balance'
),

compared as (
    select
        source_id,
        wallet_name,
        asset,
        component,
        coalesce(sum(captured_amount), 0) as captured_amount,
        coalesce(sum(told_amount), 0) as told_amount
    from amounts
    group by source_id, wallet_name, asset, component
),

captured as (
    select distinct
        source_id,
        wallet_name
    from {{ ref('int_binance__control_captures') }}
)

select
    overviews.owner_id,
    overviews.account_id,
    overviews.day,
    overviews.taken_at,
    compared.wallet_name,
    coalesce(
        case compared.wallet_name
            {%- for name, wallet, label in binance_control_wallets() %}
                when '{{ name }}' then '{{ label }}'
            {%- endfor %}
        end,
        nullif(trim('_' from lower(regexp_replace(compared.wallet_name, '[^A-Za-z0-9]+', '_', 'g'))), ''),
        compared.wallet_name
    ) as wallet,
    compared.asset,
    compared.component,
    compared.captured_amount,
    case when told.is_detailed then compared.told_amount end as told_amount,
    case when told.is_detailed then compared.told_amount - compared.captured_amount end as difference,
    told.total_amount,
    case
        when captured.source_id is null then 'not_captured'
        when coalesce(not told.is_detailed, true) then 'not_detailed'
        when compared.told_amount <> compared.captured_amount then 'differs'
        else 'agrees'
    end as state,
    compared.source_id
from compared
inner join overviews
    on compared.source_id = overviews.source_id
left join told_wallets as told
    on
        compared.source_id = told.source_id
        and compared.wallet_name = told.wallet_name
left join captured
    on
        compared.source_id = captured.source_id
        and compared.wallet_name = captured.wallet_name
where
    compared.captured_amount <> 0
    or compared.told_amount <> 0
    or (compared.asset is null and told.total_amount <> 0)
