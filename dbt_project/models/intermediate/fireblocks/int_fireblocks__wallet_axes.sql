{{ config(materialized='table') }}

-- Whether the venue tells the block that a wallet's balance was read at: by its newest capture.
select distinct on (owner_id, environment, account_ref, asset)
    {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref") }} as account_id,
    asset,
    case when block_height is null then 'time' else 'height' end as cut_axis
from {{ ref('stg_fireblocks__live_captures') }}
where is_whole and asset is not null and error_reason is null
order by owner_id asc, environment asc, account_ref asc, asset asc, taken_at desc
