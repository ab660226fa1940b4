-- Real-time rewards go into the position. All others are paid into spot, where the dividends tell them (?):
-- a record of them says what for, and moves nothing a second time.
with rewards as (
    {%- for product, rewarded in {'flexible': 'product_id', 'locked': 'position_id'}.items() %}
        select
            record_id,
            source_id,
            data_source_id,
            owner_id,
            environment,
            account_ref,
            source_raw_id,
            recorded_at,
            asset,
            {{ rewarded }} as rewarded,
            amount as reward_amount,
            rewarded_at as occurred_at,
            'reward' as leg_role,
            '{{ product }}_earn_rewards' as stream,
            {%- if product == 'flexible' %}
                case
                    when reward_type = 'REALTIME' then 'into_position'
                    when reward_type in ('BONUS', 'REWARDS') then 'told_by_dividends'
                end as subtype
            {%- else %}
                'told_by_dividends' as subtype
            {%- endif %}
        from {{ ref('stg_binance__' ~ product ~ '_earn_rewards') }}
        where error_reason is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

legs as (
    select
        *,
        case when subtype = 'told_by_dividends' then 'spot' else 'earn_flexible' end as wallet,
        case when subtype = 'told_by_dividends' then 0 else reward_amount end as amount
    from rewards
)

{{ binance_legs(
    'legs', 'earn_rewards',
    type="case when subtype is null then 'unknown' else 'reward' end",
    subtype='subtype',
    counterparty='rewarded',
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
