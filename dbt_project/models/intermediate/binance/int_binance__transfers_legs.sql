-- The sides that no other record tells: futures, options and margin wallets have lists of their own.
with sides as (
    select
        transfers.*,
        side.leg_role,
        side.account_ref,
        side.wallet,
        side.amount as signed_amount,
        side.counterparty,
        transfers.transferred_at as occurred_at
    from {{ ref('int_binance__transfers') }} as transfers
    inner join lateral (
        values
        ('from', transfers.from_ref, transfers.from_wallet, -transfers.amount, transfers.to_ref),
        ('to', transfers.to_ref, transfers.to_wallet, transfers.amount, transfers.from_ref)
    ) as side (leg_role, account_ref, wallet, amount, counterparty) on true
    where
        side.account_ref is not null
        and coalesce(side.wallet, 'spot') in ({{ binance_transfer_wallets() }})
),

legs as (
    select
        record_id,
        leg_role,
        owner_id,
        environment,
        data_source_id,
        account_ref,
        wallet,
        asset,
        signed_amount as amount,
        record_status,
        from_ref = to_ref as is_within_account,
        counterparty,
        occurred_at,
        source_stream,
        source_table,
        source_raw_id,
        source_id,
        recorded_at
    from sides
)

{{ binance_legs(
    'legs', 'transfers',
    type="case record_status when 'unknown' then 'unknown' else 'transfer' end",
    subtype="case when is_within_account then 'between_wallets' else 'between_accounts' end",
    status='record_status',
    counterparty='counterparty',
    unmapped_because="'the transfer leads to or from a wallet we do not know'",
    source_stream='source_stream',
    source_table='source_table'
) }}
