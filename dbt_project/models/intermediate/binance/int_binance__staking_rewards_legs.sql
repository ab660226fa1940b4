-- What staking pays into the spot wallet.
with records as (
    {%- for stream in binance_streams_with_legs_of('int_binance__staking_rewards_legs') %}
        select
            *,
            '{{ stream }}' as stream
        from {{ ref('stg_binance__' ~ stream) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

legs as (
    select
        *,
        {{ binance_staking_status('status_code') }} as record_status,
        'reward' as leg_role,
        'spot' as wallet,
        reward_amount as amount,
        paid_at as occurred_at
    from records
    where error_reason is null
)

{{ binance_legs(
    'legs', 'staking_rewards',
    type="case record_status when 'unknown' then 'unknown' else 'reward' end",
    subtype='stream',
    status='record_status',
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
