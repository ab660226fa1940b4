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
        is_own,
        source_table,
        source_id,
        recorded_at
    from {{ ref('int_positions') }}
    where is_usable
    order by account_id asc, wallet asc, kind asc, taken_at asc, is_own desc, source_id asc
)

-- The first whole capture of an account and wallet closes the day; of a sub-account that has a key, its own.
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
    row_number() over (
        partition by account_id, wallet, kind, closes_day order by is_own desc, taken_at asc
    ) = 1 as is_closing,
    is_own,
    source_table,
    source_id,
    recorded_at
from whole
