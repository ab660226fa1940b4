{#- Within a key the closed spans [lower, upper] follow each other and never overlap. -#}
{% test no_overlap(model, key, lower, upper) %}
    select *
    from (
        select
            {{ key | join(', ') }},
            {{ lower }},
            lag({{ upper }}) over (partition by {{ key | join(', ') }} order by {{ lower }}) as upper_before
        from {{ model }}
    ) as spans
    where {{ lower }} <= upper_before
{% endtest %}
