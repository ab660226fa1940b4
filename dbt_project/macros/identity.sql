{#- The id of an account, as coinfrs_pipelines.core.data_sources.account_id makes it: the first 16
    bytes, as a uuid, of the SHA-256 of owner, venue, environment and the venue's own reference. -#}
{% macro account_id(owner_id, venue, environment, external_id) -%}
    encode(
        substring(
            sha256(
                convert_to(
                    {{ owner_id }}::text || chr(10) || {{ venue }} || chr(10)
                    || {{ environment }} || chr(10) || {{ external_id }},
                    'UTF8'
                )
            ) from 1 for 16
        ),
        'hex'
    )::uuid
{%- endmacro %}

{#- The hash that names something by its parts. -#}
{% macro hash_of(parts) -%}
    encode(sha256(convert_to(concat_ws(chr(10), {{ parts | join(', ') }}), 'UTF8')), 'hex')
{%- endmacro %}
