-- What is paid, and what is lost of it, leaves the position at `time`. It is paid at `deliverDate` (?).
with redemptions as (
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
        position_id,
        amount as paid_amount,
        loss_amount,
        redeemed_at,
        delivered_at,
        {{ binance_earn_status('status_code', 'PAID') }} as record_status
    from {{ ref('stg_binance__locked_earn_redemptions') }}
    where error_reason is null
),

legs as (
    select
        redemptions.*,
        leg.leg_role,
        leg.wallet,
        leg.amount,
        leg.occurred_at,
        case
            when redemptions.record_status = 'pending' and leg.leg_role <> 'paid' then 'completed'
            else redemptions.record_status
        end as status
    from redemptions
    inner join lateral (
        values
        ('redeemed', 'earn_locked', -redemptions.paid_amount, redemptions.redeemed_at),
        ('lost', 'earn_locked', -redemptions.loss_amount, redemptions.redeemed_at),
        ('paid', 'spot', redemptions.paid_amount, redemptions.delivered_at)
    ) as leg (leg_role, wallet, amount, occurred_at) on true
)

{{ binance_legs(
    'legs', 'locked_earn_redemptions',
    type="case when record_status = 'unknown' then 'unknown' when leg_role = 'lost' then 'fee' else 'stake' end",
    subtype="case leg_role when 'lost' then 'early_redemption_loss' else 'redemption' end",
    status='status',
    counterparty='position_id'
) }}
