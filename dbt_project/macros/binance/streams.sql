{#- The streams of Binance whose records move something, by family. `asset` is the column of the staging view
    that names the one asset concerned, where there is one; `legs` is the model of their legs, if it is not
    the stream's own. A stream that stands here has a staging view stg_binance__<stream>, and what becomes of
    each of its records is followed to the end. -#}
{% macro binance_streams() -%}
    {%- set capital = [
        {'stream': 'spot_trades', 'asset': none},
        {'stream': 'allocations', 'asset': none},
        {'stream': 'spot_orders', 'asset': none},
        {'stream': 'prevented_matches', 'asset': none},
        {'stream': 'deposits', 'asset': 'asset'},
        {'stream': 'withdrawals', 'asset': 'asset'},
        {'stream': 'asset_transfers', 'asset': 'asset', 'legs': 'int_binance__transfers_legs'},
        {'stream': 'sub_account_transfers', 'asset': 'asset', 'legs': 'int_binance__transfers_legs'},
        {'stream': 'universal_transfers', 'asset': 'asset', 'legs': 'int_binance__transfers_legs'},
    ] -%}
    {{ return(
        capital
        + binance_wallet_streams()
        + binance_outside_streams()
        + binance_earn_streams()
        + binance_staking_streams()
        + binance_margin_streams()
        + binance_futures_streams()
        + binance_portfolio_streams()
    ) }}
{%- endmacro %}

{#- The models of legs of all those streams, each once. -#}
{% macro binance_leg_models() -%}
    {%- set models = [] -%}
    {%- for entry in binance_streams() -%}
        {%- set model = entry.get('legs', 'int_binance__' ~ entry.stream ~ '_legs') -%}
        {%- if model not in models -%} {%- do models.append(model) -%} {%- endif -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}

{#- The names of all those streams, as their staging views have them. -#}
{% macro binance_stream_names() -%}
    {%- set names = [] -%}
    {%- for entry in binance_streams() -%}
        {%- do names.append('binance__' ~ entry.stream) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- The imported files whose rows have no ids. They book nothing, so they are no streams. -#}
{% macro binance_files_without_ids() -%}
    {{ return(['spot_trade_files', 'transaction_history_files']) }}
{%- endmacro %}
