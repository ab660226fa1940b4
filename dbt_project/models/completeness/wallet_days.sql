with intervals as (
    select
        intervals.*,
        covered.day::date as day
    from {{ ref('int_intervals') }} as intervals
    inner join lateral generate_series(
        intervals.first_day::timestamp, intervals.last_day::timestamp, interval '1 day'
    ) as covered (day) on true
),

-- A wallet's day is judged by the captures of its own, and by the venue's snapshots only without them. One
-- that nobody captures is there all the same.
days as (
    select distinct on (account_id, wallet, day)
        interval_id,
        owner_id,
        account_id,
        venue,
        wallet,
        day
    from (
        select
            interval_id,
            owner_id,
            account_id,
            venue,
            wallet,
            day,
            kind
        from intervals
        union all
        select
            null as interval_id,
            owner_id,
            account_id,
            venue,
            wallet,
            day,
            null as kind
        from {{ ref('int_unread_wallets') }}
    ) as seen
    order by account_id, wallet, day, kind
),

cells as (
    select
        account_id,
        wallet,
        day,
        count(*) as cell_count,
        count(*) filter (where verdict = 'complete') as complete_count,
        count(*) filter (where verdict = 'broken') as broken_count,
        count(*) filter (where verdict = 'unproven') as unproven_count
    from {{ ref('verdicts') }}
    group by account_id, wallet, day
),

given as (
    select
        verdicts.account_id,
        verdicts.wallet,
        verdicts.day,
        reason
    from {{ ref('verdicts') }} as verdicts
    cross join lateral unnest(verdicts.reasons) as reason
    where verdicts.verdict = 'unproven'
    union
    select
        days.account_id,
        days.wallet,
        days.day,
        reasons.reason
    from days
    inner join {{ ref('int_interval_reasons') }} as reasons
        on days.interval_id = reasons.interval_id
    left join cells
        on
            days.account_id = cells.account_id
            and days.wallet = cells.wallet
            and days.day = cells.day
    -- What holds for one axis only concerns the cells on it, which speak for themselves.
    where reasons.cut_axis is null or cells.cell_count is null
    union
    -- A record of the account that nobody could map may be of a cell that is not there.
    select
        days.account_id,
        days.wallet,
        days.day,
        records.reason
    from days
    inner join {{ ref('int_interval_unmapped_records') }} as records
        on days.interval_id = records.interval_id
    where records.is_of_this_wallet
    union
    select
        account_id,
        wallet,
        day,
        reason
    from {{ ref('int_unread_wallets') }}
),

reasons as (
    select
        account_id,
        wallet,
        day,
        array_agg(reason order by reason) as reasons
    from given
    group by account_id, wallet, day
)

select
    days.owner_id,
    days.account_id,
    days.venue,
    days.wallet,
    days.day,
    coalesce(cells.cell_count, 0)::integer as cell_count,
    coalesce(cells.complete_count, 0)::integer as complete_count,
    coalesce(cells.broken_count, 0)::integer as broken_count,
    coalesce(cells.unproven_count, 0)::integer as unproven_count,
    case
        when cells.broken_count > 0 then 'broken'
        when cells.unproven_count > 0 or reasons.reasons is not null then 'unproven'
        else 'complete'
    end as verdict,
    coalesce(reasons.reasons, array[]::text[]) as reasons
from days
left join cells
    on
        days.account_id = cells.account_id
        and days.wallet = cells.wallet
        and days.day = cells.day
left join reasons
    on
        days.account_id = reasons.account_id
        and days.wallet = reasons.wallet
        and days.day = reasons.day
