-- The spot or funding side of transfers with an isolated pair. Every other side is told elsewhere: the margin
-- wallets' own by capital flow, those of futures and options by their own lists, the rest by asset_transfers.
with transfers as (
    select
        *,
        'ISOLATED_MARGIN' in (from_place, to_place) as is_with_pair,
        from_place in ('ISOLATED_MARGIN', 'CROSS_MARGIN') as is_outward,
        row_number() over (
            partition by owner_id, environment, account_ref, tran_id order by source_raw_id
        ) as nth,
        case status_code
            when 'CONFIRMED' then 'completed'
            when 'PENDING' then 'pending'
            when 'FAILED' then 'failed'
            else 'unknown'
        end as record_status
    from {{ ref('stg_binance__margin_transfers') }}
    where error_reason is null
),

placed as (
    select
        *,
        case when is_outward then to_place else from_place end as other_place,
        case when is_outward then amount else -amount end as other_amount
    from transfers
),

judged as (
    select
        *,
        is_with_pair and nth = 1 and other_place in ('SPOT', 'FUNDING') as is_told_here,
        other_place in (
            'SPOT', 'FUNDING', 'CROSS_MARGIN', 'ISOLATED_MARGIN', 'FUTURES', 'DELIVERY', 'OPTION',
            'MOTHER_SPOT', 'SUB_SPOT', 'SUB_MARGIN'
        ) as is_known
    from placed
),

legs as (
    select
        record_id,
        owner_id,
        environment,
        data_source_id,
        account_ref,
        asset,
        record_status,
        other_place,
        tran_id,
        source_raw_id,
        source_id,
        recorded_at,
        'other_side' as leg_role,
        coalesce(from_symbol, to_symbol, pair) as symbol,
        case
            when is_told_here then {{ binance_wallet('other_place') }}
            when is_known then {{ binance_margin_wallet('pair') }}
        end as wallet,
        case when is_known and not is_told_here then 0 else other_amount end as amount,
        transferred_at as occurred_at
    from judged
)

{{ binance_legs(
    'legs', 'margin_transfers',
    event_id=record_id('binance', 'transfers', account_ref="'family'", source_raw_id='tran_id'),
    type="case record_status when 'unknown' then 'unknown' else 'transfer' end",
    subtype="'between_wallets'",
    status='record_status',
    symbol='symbol',
    unmapped_because="'the transfer leads to or from ' || other_place || ', which is no wallet we know'"
) }}
