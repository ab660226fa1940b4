-- Rows of files that the endpoint tells too, by the ids that both have. A file does not tell the trade, but
-- an id is unique within a type. What they say of it has to be the same.
with filed as (
    {%- for stream in binance_filed_income() %}
        select
            *,
            '{{ stream }}' as stream
        from {{ ref('stg_binance__' ~ stream ~ '_files') }}
        where error_reason is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

told as (
    {%- for stream in binance_filed_income() %}
        select
            *,
            '{{ stream }}' as stream
        from {{ ref('stg_binance__' ~ stream) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
)

select
    'staging_binance.raw_' || filed.stream || '_files' as source_table,
    filed.source_id,
    filed.owner_id,
    filed.environment,
    filed.account_ref,
    filed.stream || '_files' as stream,
    filed.asset,
    filed.happened_at,
    bool_or(told.amount = filed.amount and told.happened_at = filed.happened_at) is not true
        as is_contradicted
from filed
inner join told
    on
        filed.owner_id = told.owner_id
        and filed.environment = told.environment
        and filed.account_ref = told.account_ref
        and filed.stream = told.stream
        and filed.income_type = told.income_type
        and filed.tran_id = told.tran_id
        and filed.asset = told.asset
        and filed.symbol is not distinct from told.symbol
group by
    filed.stream,
    filed.source_id,
    filed.owner_id,
    filed.environment,
    filed.account_ref,
    filed.asset,
    filed.happened_at
