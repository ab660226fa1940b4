{{ config(materialized='table') }}

-- Why a wallet's capture of a day was not taken, by the newest attempt of that day. Where no attempt at the
-- capture is on record, any other failure of the day tells why.
with outcomes as (
    select
        {{ account_id("data_sources.owner_id", "data_sources.venue", "data_sources.environment",
            "data_sources.account_ref") }} as reader_id,
        outcomes.id,
        outcomes.day,
        outcomes.subject,
        outcomes.subject_kind,
        outcomes.result,
        outcomes.reason
    from {{ source('coverage', 'outcomes') }} as outcomes
    inner join {{ source('registry', 'data_sources') }} as data_sources
        on outcomes.data_source_id = data_sources.id
),

by_wallet as (
    select distinct on (reader_id, day, subject)
        reader_id,
        day,
        subject as wallet,
        case when result <> 'read' then coalesce(reason, result) end as reason
    from outcomes
    where subject_kind = 'capture'
    order by reader_id asc, day asc, subject asc, id desc
),

by_day as (
    select
        reader_id,
        day,
        (array_agg(coalesce(reason, result) order by id desc) filter (where result = 'failed'))[1] as reason,
        coalesce(bool_or(subject = 'sub_accounts' and result = 'not_enabled'), false) as without_sub_accounts
    from outcomes
    group by reader_id, day
)

select
    reader_id,
    day,
    wallet,
    reason,
    false as without_sub_accounts
from by_wallet
union all
select
    reader_id,
    day,
    null as wallet,
    reason,
    without_sub_accounts
from by_day
