-- What was taken of spot and of funding goes into the position, flexible or locked. A record without either
-- part names the one wallet. Where the parts do not add up, nobody knows which wallet the rest came from.
with told as (
    {%- for product in ['flexible', 'locked'] %}
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
            product_id,
            amount,
            spot_amount,
            funding_amount,
            subscribed_at,
            spot_amount is null and funding_amount is null as is_of_one_wallet,
            {{ binance_earn_wallet('source_account') }} as source_wallet,
            '{{ product }}_earn_subscriptions' as stream,
            'earn_{{ product }}' as earn_wallet,
            {{ binance_earn_status('status_code', 'SUCCESS') }} as record_status
        from {{ ref('stg_binance__' ~ product ~ '_earn_subscriptions') }}
        where error_reason is null
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

parts as (
    select
        *,
        case
            when not is_of_one_wallet or source_wallet is null then spot_amount
            when source_wallet = 'spot' then amount
            else 0
        end as spot_part,
        case
            when not is_of_one_wallet or source_wallet is null then funding_amount
            when source_wallet = 'funding' then amount
            else 0
        end as funding_part
    from told
),

subscriptions as (
    select
        *,
        case when spot_part + funding_part = amount then 'spot' end as spot_wallet,
        case when spot_part + funding_part = amount then 'funding' end as funding_wallet
    from parts
),

legs as (
    select
        subscriptions.record_id,
        subscriptions.source_id,
        subscriptions.data_source_id,
        subscriptions.owner_id,
        subscriptions.environment,
        subscriptions.account_ref,
        subscriptions.source_raw_id,
        subscriptions.recorded_at,
        subscriptions.asset,
        subscriptions.product_id,
        subscriptions.stream,
        subscriptions.record_status,
        subscriptions.subscribed_at as occurred_at,
        leg.leg_role,
        leg.wallet,
        leg.amount
    from subscriptions
    inner join lateral (
        values
        ('from_spot', subscriptions.spot_wallet, -subscriptions.spot_part),
        ('from_funding', subscriptions.funding_wallet, -subscriptions.funding_part),
        ('subscribed', subscriptions.earn_wallet, subscriptions.amount)
    ) as leg (leg_role, wallet, amount) on true
)

{{ binance_legs(
    'legs', 'earn_subscriptions',
    type="case record_status when 'unknown' then 'unknown' else 'stake' end",
    subtype="'subscription'",
    status='record_status',
    counterparty='product_id',
    unmapped_because="'amtFromSpot and amtFromFunding do not add up to the amount'",
    source_stream='stream',
    source_table="'staging_binance.raw_' || stream"
) }}
