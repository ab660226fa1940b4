-- The venue's own totals over all vault accounts against the sum of the captures that close the same day.
-- Read a moment later, they may tell of a movement in between.
with totals as (
    select
        {{ account_id("owner_id", "'fireblocks'", "environment", "account_ref") }} as reader_id,
        owner_id,
        closes_day,
        taken_at,
        asset,
        total_amount,
        source_id
    from {{ ref('stg_fireblocks__control_totals') }}
    where error_reason is null
),

-- Of each day the first.
readings as (
    select distinct on (reader_id, closes_day)
        reader_id,
        owner_id,
        closes_day,
        taken_at,
        source_id
    from totals
    order by reader_id asc, closes_day asc, taken_at asc
),

captured as (
    select
        {{ account_id("told.owner_id", "'fireblocks'", "told.environment",
            "split_part(told.account_ref, '/', 1)") }}
            as reader_id,
        told.closes_day,
        told.account_ref,
        told.asset,
        told.total_amount,
        captures.source_id is not null as is_closing
    from {{ ref('stg_fireblocks__live_captures') }} as told
    left join {{ ref('captures') }} as captures
        on
            told.source_id = captures.source_id
            and captures.source_table = 'staging_fireblocks.raw_live_captures'
            and captures.is_closing
),

-- One vault account without a whole reading leaves the sum open.
workspaces as (
    select
        reader_id,
        closes_day,
        bool_and(is_captured) as is_captured
    from (
        select
            reader_id,
            closes_day,
            account_ref,
            bool_or(is_closing) as is_captured
        from captured
        group by reader_id, closes_day, account_ref
    ) as of_accounts
    group by reader_id, closes_day
),

amounts as (
    select
        readings.source_id,
        captured.asset,
        captured.total_amount as captured_amount,
        null::numeric as told_amount
    from readings
    inner join captured
        on
            readings.reader_id = captured.reader_id
            and readings.closes_day = captured.closes_day
    where captured.is_closing and captured.asset is not null
    union all
    select
        readings.source_id,
        totals.asset,
        null as captured_amount,
        totals.total_amount as told_amount
    from readings
    inner join totals
        on readings.source_id = totals.source_id
    where totals.asset is not null
),

compared as (
    select
        source_id,
        asset,
        coalesce(sum(captured_amount), 0) as captured_amount,
        coalesce(sum(told_amount), 0) as told_amount
    from amounts
    group by source_id, asset
)

select
    readings.owner_id,
    readings.reader_id as account_id,
    readings.closes_day as day,
    readings.taken_at,
    compared.asset,
    compared.captured_amount,
    compared.told_amount,
    compared.told_amount - compared.captured_amount as difference,
    case
        when not coalesce(workspaces.is_captured, false) then 'not_captured'
        when compared.told_amount <> compared.captured_amount then 'differs'
        else 'agrees'
    end as state,
    compared.source_id
from compared
inner join readings
    on compared.source_id = readings.source_id
left join workspaces
    on
        readings.reader_id = workspaces.reader_id
        and readings.closes_day = workspaces.closes_day
where compared.captured_amount <> 0 or compared.told_amount <> 0
