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

{#- The wallet that a transaction history calls an account; null where nobody knows. -#}
{% macro binance_wallet_of_statement(account_name) -%}
    case
        when {{ account_name }} = 'Spot' then 'spot'
        when {{ account_name }} = 'Funding' then 'funding'
        when {{ account_name }} = 'Cross Margin' then 'cross_margin'
        when {{ account_name }} in ('USD-M Futures', 'USD-MFutures', 'USDT-Futures') then 'um_futures'
        when {{ account_name }} in ('Coin-M Futures', 'COIN-M Futures', 'Coin-Futures') then 'cm_futures'
    end
{%- endmacro %}
