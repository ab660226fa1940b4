{{ config(materialized='table') }}

-- Whether the venue tells the block that a wallet's balance was read at: if any of its captures told one. A
-- single capture without it changes the axis of its own two intervals, and of no other.
select
    account_id,
    asset,
    case when bool_or(cut_axis = 'height') then 'height' else 'time' end as cut_axis
from {{ ref('int_positions') }}
where venue = 'fireblocks' and is_usable and asset is not null
group by account_id, asset
