-- One asset of the spot wallet is given for another. What is redeemed leaves at once, and what it is redeemed
-- for comes when the record says so: a redemption that is pending has taken its part already.
with records as (
    {%- for stream in binance_streams_with_legs_of('int_binance__stakings_legs') %}
        select
            *,
            '{{ stream }}' as stream,
            {{ 'true' if stream.endswith('_redemptions') else 'false' }} as is_redemption
        from {{ ref('stg_binance__' ~ stream) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

read as (
    select
        *,
        {{ binance_staking_status('status_code') }} as record_status
    from records
    where error_reason is null
),

legs as (
    select
        read.*,
        leg.leg_role,
        'spot' as wallet,
        leg.asset,
        leg.amount,
        leg.leg_status,
        leg.occurred_at
    from read
    inner join lateral (
        values
        (
            'given',
            read.given_asset,
            -read.given_amount,
            case
                when read.is_redemption and read.record_status = 'pending' then 'completed'
                else read.record_status
            end,
            read.exchanged_at
        ),
        (
            'received',
            read.received_asset,
            read.received_amount,
            read.record_status,
            coalesce(read.arrives_at, read.exchanged_at)
        )
    ) as leg (leg_role, asset, amount, leg_status, occurred_at) on true
    where
        leg.leg_role = 'given'
        or read.record_status = 'unknown'
        or (leg.asset is not null and leg.amount is not null)
)

{{ binance_legs(
    'legs', 'stakings',
    type="case record_status when 'unknown' then 'unknown' else 'stake' end",
    subtype='stream',
    status='leg_status',
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
