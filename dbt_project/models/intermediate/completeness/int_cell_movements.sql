{{ config(materialized='table', indexes=[{'columns': ['interval_id', 'asset', 'component']}]) }}

select
    interval_id,
    asset,
    component,
    {%- for type in ['deposit', 'withdrawal', 'trade', 'transfer', 'fee'] %}
        coalesce(sum(amount) filter (where is_counted and type = '{{ type }}'), 0) as {{ type }}_amount,
    {%- endfor %}
    coalesce(
        sum(amount) filter (
            where is_counted and type not in ('deposit', 'withdrawal', 'trade', 'transfer', 'fee')
        ),
        0
    ) as other_amount,
    coalesce(sum(amount) filter (where is_counted), 0) as movement_amount,
    count(*) filter (where is_counted) as leg_count,
    count(*) filter (where is_unknown) as unknown_count,
    bool_or(is_ambiguous) as is_ambiguous,
    bool_or(is_without_block) as is_without_block,
    bool_or(is_on_other_axis) as is_on_other_axis
from {{ ref('int_cell_legs') }}
group by interval_id, asset, component
