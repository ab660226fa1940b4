{{ config(materialized='table') }}

-- Why a wallet's capture of a day was not taken, by the newest attempt of that day. Where no attempt at the
-- capture is on record, any other failure of the day tells why.
with outcomes as (
    select
        {{ account_id("data_sources.owner_id", "data_sources.venue", "data_sources.environment",
            "outcomes.account_ref") }} as reader_id,
        outcomes.account_ref <> data_sources.account_ref as is_by_master,
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
        is_by_master,
        case when result <> 'read' then coalesce(reason, result) end as reason
    from outcomes
    where subject_kind = 'capture'
    order by reader_id asc, day asc, subject asc, id desc
),

-- The last time that all symbols which may have records were read.
sweeps as (
    select
        reader_id,
        subject,
        max(id) as id
    from outcomes
    where result = 'read' and reason is distinct from 'trades_by_residual'
    group by reader_id, subject
),

by_day as (
    select
        outcomes.reader_id,
        outcomes.day,
        bool_or(outcomes.is_by_master) as is_by_master,
        (
            array_agg(coalesce(outcomes.reason, outcomes.result) order by outcomes.id desc)
            filter (where outcomes.result = 'failed')
        )[1] as reason,
        jsonb_agg(distinct outcomes.subject) filter (
            where outcomes.reason = 'trades_by_residual' and outcomes.id > coalesce(sweeps.id, 0)
        ) as awaiting_sweep
    from outcomes
    left join sweeps
        on
            outcomes.reader_id = sweeps.reader_id
            and outcomes.subject = sweeps.subject
    group by outcomes.reader_id, outcomes.day
)

select
    reader_id,
    day,
    wallet,
    is_by_master,
    reason,
    null::jsonb as awaiting_sweep
from by_wallet
union all
select
    reader_id,
    day,
    null as wallet,
    is_by_master,
    reason,
    awaiting_sweep
from by_day
