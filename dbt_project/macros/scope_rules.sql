{#- The rules of coverage.streams that int_required_scopes knows; a stream of any other is not known to be covered. -#}
{% macro known_scope_rules() -%}
    (
        'none', 'fixed', 'symbols', 'orders', 'assets', 'margin_pairs', 'emails', 'own_email', 'managed_emails'
    )
{%- endmacro %}
