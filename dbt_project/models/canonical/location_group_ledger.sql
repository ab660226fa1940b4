{{ config(indexes=[{'columns': ['location_group_id', 'day']}]) }}

{% set types = ['brought_in', 'deposit', 'withdrawal', 'trade', 'transfer', 'fee', 'other'] %}

with booked as (
    select
        location_group_id,
        venue,
        asset,
        component,
        day,
        {%- for type in types %}
            coalesce(sum(amount) filter (where type = '{{ type }}'), 0) as {{ type }}_amount,
        {%- endfor %}
        coalesce(sum(amount) filter (where is_leg), 0) as movement_amount,
        sum(amount) as change_amount,
        count(*) filter (where is_leg) as leg_count
    from {{ ref('int_ledger_entries') }}
    group by location_group_id, venue, asset, component, day
),

spans as (
    select
        location_group_id,
        venue,
        asset,
        component,
        min(day) as first_day,
        max(last_day) as last_day
    from {{ ref('int_ledger_entries') }}
    group by location_group_id, venue, asset, component
),

running as (
    select
        spans.location_group_id,
        spans.venue,
        spans.asset,
        spans.component,
        covered.day::date as day,
        {%- for amount in types + ['movement'] %}
            coalesce(booked.{{ amount }}_amount, 0) as {{ amount }}_amount,
        {%- endfor %}
        coalesce(booked.leg_count, 0)::integer as leg_count,
        coalesce(booked.change_amount, 0) as change_amount,
        sum(coalesce(booked.change_amount, 0)) over (
            partition by spans.location_group_id, spans.venue, spans.asset, spans.component
            order by covered.day
        ) as closing_amount
    from spans
    inner join lateral generate_series(
        spans.first_day::timestamp, spans.last_day::timestamp, interval '1 day'
    ) as covered (day) on true
    left join booked
        on
            spans.location_group_id = booked.location_group_id
            and spans.venue = booked.venue
            and spans.asset = booked.asset
            and spans.component = booked.component
            and covered.day::date = booked.day
)

select
    running.location_group_id,
    location_groups.entity_id,
    location_groups.portfolio_id,
    running.venue,
    running.asset,
    running.component,
    running.day,
    case running.component
        when 'balance' then location_groups.balance_code
        when 'in_transit' then location_groups.in_transit_code
        when 'loan' then location_groups.loan_code
        when 'interest' then location_groups.interest_code
    end as account_code,
    running.closing_amount - running.change_amount as opening_amount,
    {%- for amount in types + ['movement'] %}
        running.{{ amount }}_amount,
    {%- endfor %}
    running.closing_amount,
    running.leg_count
from running
inner join {{ ref('location_groups') }} as location_groups
    on running.location_group_id = location_groups.location_group_id
-- A day without a row held nothing and moved nothing.
where
    running.leg_count > 0
    or running.brought_in_amount <> 0
    or running.closing_amount <> 0
