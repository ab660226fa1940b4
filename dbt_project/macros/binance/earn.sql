{#- How a subscription or a redemption of simple earn stands, by the venue's word for it; `done` is the word
    for what has come to its end. -#}
{% macro binance_earn_status(word, done) -%}
    case
        when {{ word }} = '{{ done }}' then 'completed'
        when {{ word }} in ('PURCHASING', 'PROCESSING') then 'pending'
        when {{ word }} = 'FAILED' then 'failed'
        else 'unknown'
    end
{%- endmacro %}

{#- The wallet that simple earn takes from or pays to, by the venue's word for it. -#}
{% macro binance_earn_wallet(word) -%}
    case
        when {{ word }} = 'SPOT' then 'spot'
        when {{ word }} in ('FUND', 'FUNDING') then 'funding'
    end
{%- endmacro %}
