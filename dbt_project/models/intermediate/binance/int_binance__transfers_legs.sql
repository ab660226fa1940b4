with sides as (
    select
        transfers.*,
        side.leg_role,
        side.account_ref,
        side.wallet,
        side.signed_amount,
        side.counterparty,
        {{ account_id("transfers.owner_id", "'binance'", "transfers.environment", "side.account_ref") }}
            as account_id
    from {{ ref('int_binance__transfers') }} as transfers
    inner join lateral (
        values
        ('from', transfers.from_ref, transfers.from_wallet, -transfers.amount, transfers.to_ref),
        ('to', transfers.to_ref, transfers.to_wallet, transfers.amount, transfers.from_ref)
    ) as side (leg_role, account_ref, wallet, signed_amount, counterparty) on true
    where side.account_ref is not null and side.wallet is not null and transfers.amount <> 0
)

select
    record_id,
    record_id as event_id,
    leg_role,
    0 as leg_ordinal,
    owner_id,
    data_source_id,
    account_id,
    'binance' as venue,
    wallet,
    asset,
    'balance' as component,
    signed_amount as amount,
    case record_status when 'unknown' then 'unknown' else 'transfer' end as type,
    case when from_ref = to_ref then 'between_wallets' else 'between_accounts' end as subtype,
    case record_status when 'unknown' then 'pending' else record_status end as status,
    transferred_at as occurred_at,
    case when {{ is_whole_second('transferred_at') }} then transferred_at end as bracket_start,
    case when {{ is_whole_second('transferred_at') }} then {{ end_of_second('transferred_at') }} end
        as bracket_end,
    'time' as cut_axis,
    {{ epoch_ms('transferred_at') }} as cut_value,
    counterparty,
    null as network,
    null as tx_hash,
    null as symbol,
    null::numeric as price,
    source_stream,
    source_table,
    source_raw_id,
    source_id,
    recorded_at
from sides
