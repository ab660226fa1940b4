-- All income of the futures wallets, each record once: what the endpoint tells, and what it does not tell of
-- the imported files. A record of a file has the id that the endpoint would give it without a trade.
with told as (
    {%- for stream, wallet in binance_income_wallets().items() %}
        select
            *,
            '{{ stream }}' as stream,
            '{{ wallet }}' as wallet,
            'staging_binance.raw_{{ stream }}' as source_table
        from {{ ref('stg_binance__' ~ stream) }}
        where error_reason is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

filed as (
    {%- for stream in binance_filed_income() %}
        select
            *,
            '{{ stream }}' as stream,
            '{{ binance_income_wallets()[stream] }}' as wallet,
            'staging_binance.raw_{{ stream }}_files' as source_table
        from {{ ref('stg_binance__' ~ stream ~ '_files') }}
        where error_reason is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

untold as (
    select
        filed.*,
        {{ digest([
            "filed.owner_id::text", "'binance'", "filed.environment", "filed.account_ref", "filed.stream",
            "filed.source_raw_id || ':'"
        ]) }} as id_of_stream
    from filed
    left join {{ ref('int_binance__income_file_ties') }} as ties
        on
            filed.source_table = ties.source_table
            and filed.source_id = ties.source_id
    where ties.source_id is null
)

{% set columns = [
    'source_id', 'data_source_id', 'owner_id', 'environment', 'account_ref', 'source_raw_id', 'recorded_at',
    'income_type', 'asset', 'tran_id', 'symbol', 'trade_id', 'amount', 'happened_at', 'stream', 'wallet',
    'source_table'
] -%}
select
    record_id,
    {{ columns | join(',\n    ') }}
from told
union all
select
    id_of_stream as record_id,
    {{ columns | join(',\n    ') }}
from untold
