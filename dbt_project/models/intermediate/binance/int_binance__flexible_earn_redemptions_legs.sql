-- The amount leaves the position when it is asked for (?). No field tells when it was paid: that lies between
-- the last read that showed it open, or else its request, and the first that did not.
with redemptions as (
    select
        redemptions.record_id,
        redemptions.source_id,
        redemptions.data_source_id,
        redemptions.owner_id,
        redemptions.environment,
        redemptions.account_ref,
        redemptions.source_raw_id,
        redemptions.recorded_at,
        redemptions.asset,
        redemptions.product_id,
        redemptions.destination,
        redemptions.requested_at,
        redemptions.amount as redeemed_amount,
        reads.first_closed_at,
        reads.last_open_at,
        {{ binance_earn_wallet('redemptions.destination') }} as destination_wallet,
        {{ binance_earn_status('redemptions.status_code', 'PAID') }} as record_status
    from {{ ref('stg_binance__flexible_earn_redemptions') }} as redemptions
    left join {{ ref('int_binance__flexible_earn_redemption_reads') }} as reads
        on redemptions.record_id = reads.record_id
    where redemptions.error_reason is null
),

legs as (
    select
        redemptions.*,
        leg.leg_role,
        leg.wallet,
        leg.amount,
        leg.status,
        case
            when leg.leg_role = 'paid' and redemptions.record_status = 'completed'
                then coalesce(redemptions.last_open_at, redemptions.requested_at)
            else redemptions.requested_at
        end as occurred_at
    from redemptions
    inner join lateral (
        values
        (
            'redeemed', 'earn_flexible', -redemptions.redeemed_amount,
            case redemptions.record_status when 'pending' then 'completed' else redemptions.record_status end
        ),
        ('paid', redemptions.destination_wallet, redemptions.redeemed_amount, redemptions.record_status)
    ) as leg (leg_role, wallet, amount, status) on true
)

{{ binance_legs(
    'legs', 'flexible_earn_redemptions',
    type="case record_status when 'unknown' then 'unknown' else 'stake' end",
    subtype="'redemption'",
    status='status',
    bracket_start="case when leg_role = 'paid' or " ~ is_whole_second('occurred_at') ~ " then occurred_at end",
    bracket_end="case when leg_role = 'paid' then first_closed_at when " ~ is_whole_second('occurred_at')
        ~ " then " ~ end_of_second('occurred_at') ~ " end",
    counterparty='product_id',
    unmapped_because="'destAccount ' || coalesce(destination, 'missing') || ' is no wallet we know'"
) }}
