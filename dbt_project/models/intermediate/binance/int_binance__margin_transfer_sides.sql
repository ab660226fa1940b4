-- Which transfers a margin wallet had a part in, and in which direction: capital flow tells neither, unless
-- by a sign. Transfers with a pair are told by margin_transfers, all others by the lists of transfers.
with of_cross_margin as (
    select
        transfers.owner_id,
        transfers.environment,
        side.account_ref,
        side.wallet,
        transfers.tran_id,
        side.direction
    from {{ ref('int_binance__transfers') }} as transfers
    inner join lateral (
        values
        (transfers.from_ref, transfers.from_wallet, -1),
        (transfers.to_ref, transfers.to_wallet, 1)
    ) as side (account_ref, wallet, direction) on true
    where side.wallet = 'cross_margin'
),

of_pairs as (
    select
        transfers.owner_id,
        transfers.environment,
        transfers.account_ref,
        case side.place
            when 'CROSS_MARGIN' then 'cross_margin'
            when 'ISOLATED_MARGIN' then 'isolated_margin:' || coalesce(side.symbol, transfers.pair)
        end as wallet,
        transfers.tran_id,
        side.direction
    from {{ ref('stg_binance__margin_transfers') }} as transfers
    inner join lateral (
        values
        (transfers.from_place, transfers.from_symbol, -1),
        (transfers.to_place, transfers.to_symbol, 1)
    ) as side (place, symbol, direction) on true
    where transfers.error_reason is null
),

sides as (
    select * from of_cross_margin
    union all
    select * from of_pairs
)

select
    owner_id,
    environment,
    account_ref,
    wallet,
    tran_id,
    min(direction) as direction
from sides
where account_ref is not null and wallet is not null
group by owner_id, environment, account_ref, wallet, tran_id
having min(direction) = max(direction)
