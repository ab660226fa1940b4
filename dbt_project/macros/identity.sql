{#- The first 16 bytes of the SHA-256 of the parts, one per line, in hex. -#}
{% macro digest(parts) -%}
    encode(
        substring(
            sha256(convert_to({{ parts | join(" || chr(10) || ") }}, 'UTF8')) from 1 for 16
        ),
        'hex'
    )
{%- endmacro %}

{#- The id of an account, as coinfrs_pipelines.core.data_sources.account_id makes it. -#}
{% macro account_id(owner_id, venue, environment, external_id) -%}
    {{ digest([owner_id ~ "::text", venue, environment, external_id]) }}::uuid
{%- endmacro %}

{#- The id of a record: whose it is, its stream and its id within it, never its content. -#}
{% macro record_id(venue, stream, account_ref="account_ref", source_raw_id="source_raw_id") -%}
    {{ digest([
        "owner_id::text", "'" ~ venue ~ "'", "environment", account_ref, "'" ~ stream ~ "'", source_raw_id
    ]) }}
{%- endmacro %}
