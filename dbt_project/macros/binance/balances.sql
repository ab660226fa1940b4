{#- Where the balances of each wallet stand in a live capture: the path to the list, and which component each
    field adds to; `unrealised` is kept beside the balance and never summed with it. A pair of isolated margin
    is a wallet of its own with the same lists. What a master's key is shown `of_sub` has other lists. -#}
{% macro binance_balance_lists() -%}
    {{ return([
        {'wallet': 'spot', 'path': '{account,balances}', 'fields': {'free': 'balance', 'locked': 'balance'}},
        {'wallet': 'spot', 'path': '{user_assets}', 'fields': {'freeze': 'balance', 'withdrawing': 'in_transit'}},
        {'wallet': 'funding', 'path': '{funding_assets}', 'fields': {
            'free': 'balance', 'locked': 'balance', 'freeze': 'balance', 'withdrawing': 'in_transit',
        }},
        {'wallet': 'earn_flexible', 'path': '{flexible_positions}', 'fields': {
            'totalAmount': 'balance', 'collateralAmount': 'balance',
        }},
        {'wallet': 'earn_locked', 'path': '{locked_positions}', 'fields': {'amount': 'balance'}},
        {'wallet': 'cross_margin', 'path': '{margin_account,userAssets}', 'fields': {
            'free': 'balance', 'locked': 'balance', 'borrowed': 'loan', 'interest': 'interest',
        }},
        {'wallet': 'isolated_margin', 'path': '{isolated_account}', 'fields': {
            'free': 'balance', 'locked': 'balance', 'borrowed': 'loan', 'interest': 'interest',
        }},
        {'wallet': 'um_futures', 'path': '{um_balance}', 'fields': {
            'balance': 'balance', 'crossUnPnl': 'unrealised',
        }},
        {'wallet': 'cm_futures', 'path': '{cm_balance}', 'fields': {
            'balance': 'balance', 'crossUnPnl': 'unrealised',
        }},
        {'wallet': 'options', 'path': '{option_account,asset}', 'fields': {
            'marginBalance': 'balance', 'unrealizedPNL': 'unrealised',
        }},
        {'wallet': 'spot', 'path': '{sub_account_assets,balances}', 'of_sub': true, 'fields': {
            'free': 'balance', 'locked': 'balance', 'freeze': 'balance', 'withdrawing': 'in_transit',
        }},
        {'wallet': 'cross_margin', 'path': '{sub_account_margin,marginUserAssetVoList}', 'of_sub': true, 'fields': {
            'free': 'balance', 'locked': 'balance', 'borrowed': 'loan', 'interest': 'interest',
        }},
        {'wallet': 'um_futures', 'path': '{sub_account_um_futures,futureAccountResp,assets}', 'of_sub': true, 'fields': {
            'walletBalance': 'balance', 'unrealizedProfit': 'unrealised',
        }},
        {'wallet': 'cm_futures', 'path': '{sub_account_cm_futures,deliveryAccountResp,assets}', 'of_sub': true, 'fields': {
            'walletBalance': 'balance', 'unrealizedProfit': 'unrealised',
        }},
        {'wallet': 'portfolio_margin', 'path': '{pm_balance}', 'fields': {
            'crossMarginFree': 'balance', 'crossMarginLocked': 'balance',
            'crossMarginBorrowed': 'loan', 'crossMarginInterest': 'interest',
            'umWalletBalance': 'balance', 'cmWalletBalance': 'balance',
            'umUnrealizedPNL': 'unrealised', 'cmUnrealizedPNL': 'unrealised',
        }},
    ]) }}
{%- endmacro %}

{#- The same for the venue's own snapshots. What they say of unrealised results is not of their instant. -#}
{% macro binance_snapshot_lists() -%}
    {{ return([
        {'wallet': 'spot', 'path': '{data,balances}', 'fields': {'free': 'balance', 'locked': 'balance'}},
        {'wallet': 'cross_margin', 'path': '{data,userAssets}', 'fields': {
            'free': 'balance', 'locked': 'balance', 'borrowed': 'loan', 'interest': 'interest',
        }},
        {'wallet': 'um_futures', 'path': '{data,assets}', 'fields': {'walletBalance': 'balance'}},
    ]) }}
{%- endmacro %}

{#- The cells of readings: one row per reading, asset and component, and one without asset for an empty one.
    `readings` is a CTE of newest_readings, `lists` one of the lists above. -#}
{% macro binance_cells(readings, lists) -%}
    balance_lists as (
        select
            readings.source_id,
            list.fields,
            {{ to_list('list.entries') }} as entries
        from {{ readings }} as readings
        inner join lateral (
            values
            {%- for list in lists %}
                (
                    '{{ list.wallet }}',
                    readings.balances #> '{{ list.path }}',
                    '{{ list.fields | tojson }}'::jsonb,
                    {{ (not list.of_sub) | lower }}
                ){{ "," if not loop.last }}
            {%- endfor %}
        ) as list (wallet, entries, fields, is_own) on true
        where list.wallet = split_part(readings.wallet, ':', 1) and list.is_own = readings.is_own
    ),

    amounts as (
        select
            balance_lists.source_id,
            field.key as field,
            case field.value when 'unrealised' then 'balance' else field.value end as component,
            entry ->> 'asset' as asset,
            case when field.value = 'unrealised' then 0 else {{ to_number("entry ->> field.key") }} end as amount,
            case when field.value = 'unrealised' then {{ to_number("entry ->> field.key") }} end
                as unrealised_amount
        from balance_lists
        cross join lateral jsonb_array_elements(balance_lists.entries) as entry
        cross join lateral jsonb_each_text(balance_lists.fields) as field
    ),

    cells as (
        select
            source_id,
            asset,
            component,
            sum(amount) as amount,
            coalesce(sum(amount) filter (where field = 'freeze'), 0) as freeze_amount,
            sum(unrealised_amount) as unrealised_amount,
            bool_or(amount is null) as has_no_number
        from amounts
        group by source_id, asset, component
    ),

    missing as (
        select
            readings.source_id,
            count(balance_lists.source_id) = 0 or bool_or(balance_lists.entries is null) as is_missing
        from {{ readings }} as readings
        left join balance_lists
            on readings.source_id = balance_lists.source_id
        group by readings.source_id
    )
{%- endmacro %}
