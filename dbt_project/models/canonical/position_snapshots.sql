{{ config(indexes=[{'columns': ['account_id', 'wallet', 'asset', 'component', 'taken_at']}]) }}

-- Binance tells every asset or leaves it out for a zero, so its zeros come from the captures. A wallet of
-- Fireblocks that is missing is not zero, so a zero that was told is kept.
select
    positions.owner_id,
    positions.account_id,
    positions.venue,
    positions.wallet,
    positions.asset,
    positions.component,
    positions.amount,
    positions.taken_at,
    captures.as_of_date,
    positions.kind,
    positions.cut_axis,
    positions.cut_value,
    positions.pending_amount,
    positions.unrealised_amount,
    positions.wallet_created_at,
    positions.source_table,
    positions.source_id
from {{ ref('int_positions') }} as positions
inner join {{ ref('captures') }} as captures
    on
        positions.source_table = captures.source_table
        and positions.source_id = captures.source_id
where
    positions.asset is not null
    and not positions.is_earn_token
    and (positions.venue = 'fireblocks' or positions.amount <> 0)
