{{ config(indexes=[{'columns': ['account_id', 'wallet', 'kind', 'taken_at']}]) }}

with whole as (
    select distinct on (account_id, wallet, kind, taken_at)
        owner_id,
        data_source_id,
        account_id,
        venue,
        wallet,
        kind,
        taken_at,
        reading_ended_at,
        closes_day,
        source_table,
        source_id,
        recorded_at
    from {{ ref('int_positions') }}
    where is_usable
    order by account_id, wallet, kind, taken_at, source_id
)

-- The first whole capture of an account and wallet closes the day.
select
    owner_id,
    data_source_id,
    account_id,
    venue,
    wallet,
    kind,
    taken_at,
    reading_ended_at,
    closes_day as as_of_date,
    row_number() over (partition by account_id, wallet, kind, closes_day order by taken_at) = 1 as is_closing,
    source_table,
    source_id,
    recorded_at
from whole
