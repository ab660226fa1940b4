{#- The wallet that a word of a transfer's type, or an account type, stands for; null where it needs more. -#}
{% macro binance_wallet(word) -%}
    case
        when {{ word }} in ('MAIN', 'SPOT') then 'spot'
        when {{ word }} = 'FUNDING' then 'funding'
        when {{ word }} in ('MARGIN', 'CROSS_MARGIN') then 'cross_margin'
        -- Of which pair, is not told in one word; its side is told by the pair's own capital flow.
        when {{ word }} = 'ISOLATED_MARGIN' then 'isolated_margin'
        when {{ word }} in ('UMFUTURE', 'USDT_FUTURE') then 'um_futures'
        when {{ word }} in ('CMFUTURE', 'COIN_FUTURE') then 'cm_futures'
        when {{ word }} = 'OPTION' then 'options'
        when {{ word }} = 'PORTFOLIOMARGIN' then 'portfolio_margin'
    end
{%- endmacro %}

{#- The wallets whose side of a transfer is told by the transfer itself (see MAPPINGS.md). -#}
{% macro binance_transfer_wallets() -%}
    'spot', 'funding', 'portfolio_margin'
{%- endmacro %}
