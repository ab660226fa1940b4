{{ config(materialized='table') }}

-- A vault account is read by the data sources of its workspace, a Binance account by its own.
select
    account_id,
    owner_id,
    venue,
    environment,
    external_id,
    kind,
    case venue
        when 'fireblocks'
            then {{ account_id("owner_id", "venue", "environment", "split_part(external_id, '/', 1)") }}
        else account_id
    end as reader_id
from {{ ref('accounts') }}
