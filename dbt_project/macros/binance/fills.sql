{#- The streams of fills, which tell their symbol and no assets, and the wallet that each of them moves. -#}
{% macro binance_fills() -%}
    {{ return({'spot_trades': 'spot', 'allocations': 'spot', 'pm_margin_trades': 'portfolio_margin'}) }}
{%- endmacro %}

{#- The staging view of a stream of fills; not all of them tell the amount of the quote asset. -#}
{% macro binance_fill(stream, fill_id, has_quote_amount=true) -%}
    with source as (
        {{ newest_versions(source('staging_binance', 'raw_' ~ stream)) }}
    ),

    renamed as (
        select
            {{ provenance('binance', stream) }},
            raw_payload ->> 'symbol' as symbol,
            raw_payload ->> '{{ fill_id }}' as trade_id,
            raw_payload ->> 'orderId' as order_id,
            raw_payload ->> 'commissionAsset' as commission_asset,
            {{ to_boolean("raw_payload ->> 'isBuyer'") }} as is_buyer,
            {{ to_number("raw_payload ->> 'price'") }} as price,
            {{ to_number("raw_payload ->> 'qty'") }} as base_amount,
            {% if has_quote_amount -%}
                {{ to_number("raw_payload ->> 'quoteQty'") }} as quote_amount,
            {% endif -%}
            {{ to_number("raw_payload ->> 'commission'") }} as commission_amount,
            {{ to_instant("raw_payload ->> 'time'") }} as traded_at
        from source
    )

    {% set quote = {"quote_amount is null": "quoteQty is no number"} if has_quote_amount
        else {"price is null": "price is no number"} -%}
    {% set conditions = {
        "symbol is null": "symbol is missing",
        "is_buyer is null": "isBuyer is no boolean",
        "base_amount is null": "qty is no number",
    } -%}
    {% do conditions.update(quote) -%}
    {% do conditions.update({
        "commission_amount is null": "commission is no number",
        "commission_asset is null": "commissionAsset is missing",
        "traded_at is null": "time is no instant",
    }) -%}

    select
        *,
        {{ error_reason(conditions) }} as error_reason
    from renamed
{%- endmacro %}

{#- The legs of a stream of fills: base, quote and commission, which may be in any asset. -#}
{% macro binance_fill_legs(stream, quote_amount='quote_amount') -%}
    with trades as (
        select
            trades.*,
            symbols.base_asset,
            symbols.quote_asset,
            case when trades.is_buyer then 1 else -1 end as side
        from {{ ref('stg_binance__' ~ stream) }} as trades
        inner join {{ ref('int_binance__symbols') }} as symbols
            on
                trades.environment = symbols.environment
                and trades.symbol = symbols.symbol
        where trades.error_reason is null
    ),

    legs as (
        select
            trades.*,
            leg.*,
            '{{ binance_fills()[stream] }}' as wallet,
            trades.traded_at as occurred_at
        from trades
        inner join lateral (
            values
            ('base', trades.base_asset, trades.side * trades.base_amount, 'trade', null),
            ('quote', trades.quote_asset, -trades.side * {{ quote_amount }}, 'trade', null),
            ('fee', trades.commission_asset, -trades.commission_amount, 'fee', 'trade_commission')
        ) as leg (leg_role, asset, amount, type, subtype) on true
    )

    {{ binance_legs(
        'legs', stream,
        subtype="coalesce(subtype, case when is_buyer then 'buy' else 'sell' end)",
        is_exact='true',
        symbol='symbol',
        price='price'
    ) }}
{%- endmacro %}
