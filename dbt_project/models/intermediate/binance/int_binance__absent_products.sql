-- A product that an account did not have while an interval lasted: the account's own information said so at
-- its opening, after its closing, and at every time that it was read in between. Of what it does not mention
-- (sub-accounts, investments, custody, collectibles, stocks), the refusal of the stream of that name does.
-- That it is of no trade group is told by every reading of its spot wallet, from the last one before the
-- opening to the first one after the closing.
with information as (
    select
        {{ account_id("info.owner_id", "'binance'", "info.environment", "info.account_ref") }} as account_id,
        info.observed_at,
        lead(info.observed_at) over (
            partition by info.owner_id, info.environment, info.account_ref, flag.product
            order by info.source_id
        ) as replaced_at,
        flag.product,
        flag.is_enabled
    from {{ ref('stg_binance__account_info') }} as info
    inner join lateral (
        values
        ('margin', info.is_margin_enabled),
        ('futures', info.is_futures_enabled),
        ('options', info.is_options_enabled),
        ('portfolio_margin', info.is_portfolio_margin_enabled)
    ) as flag (product, is_enabled) on true
),

last_reads as (
    select
        intervals.interval_id,
        intervals.account_id,
        intervals.opening_taken_at,
        min(coverage.as_of) as read_at
    from {{ ref('int_intervals') }} as intervals
    inner join {{ ref('int_coverage') }} as coverage
        on
            intervals.reader_id = coverage.reader_id
            and coverage.stream = 'account_info'
            and intervals.closing_taken_at <= coverage.as_of
    where intervals.venue = 'binance'
    group by intervals.interval_id, intervals.account_id, intervals.opening_taken_at
),

in_force as (
    select
        last_reads.interval_id,
        information.product,
        bool_or(coalesce(information.is_enabled, true)) as was_enabled,
        min(information.observed_at) <= last_reads.opening_taken_at as is_known_from_the_opening
    from last_reads
    inner join information
        on
            last_reads.account_id = information.account_id
            and last_reads.read_at >= information.observed_at
            and coalesce(last_reads.opening_taken_at < information.replaced_at, true)
    group by last_reads.interval_id, last_reads.opening_taken_at, information.product
),

-- A sub-account's own key reads what it has, and its master's what is told of it to the master alone.
readers as (
    select
        interval_id,
        reader_id,
        last_day
    from {{ ref('int_intervals') }}
    where venue = 'binance'
    union
    select
        intervals.interval_id,
        masters.reader_id,
        intervals.last_day
    from {{ ref('int_intervals') }} as intervals
    inner join {{ ref('int_binance__asked_emails') }} as masters
        on intervals.account_id = masters.account_id and masters.scope_rule = 'own_email'
),

trade_groups as (
    select
        {{ account_id("told.owner_id", "'binance'", "told.environment", "told.account_ref") }}
            as account_id,
        told.taken_at,
        lead(told.taken_at) over readings as next_taken_at,
        coalesce(told.trade_group = '-1', false)
        and coalesce(lead(told.trade_group) over readings = '-1', false) as is_in_none
    from {{ ref('stg_binance__trade_groups') }} as told
    window readings as (
        partition by told.owner_id, told.environment, told.account_ref
        order by told.taken_at, told.source_id
    )
),

in_no_group as (
    select intervals.interval_id
    from {{ ref('int_intervals') }} as intervals
    inner join trade_groups
        on
            intervals.account_id = trade_groups.account_id
            and intervals.closing_taken_at > trade_groups.taken_at
            and intervals.opening_taken_at < trade_groups.next_taken_at
    group by intervals.interval_id, intervals.opening_taken_at, intervals.closing_taken_at
    having
        bool_and(trade_groups.is_in_none)
        and min(trade_groups.taken_at) <= intervals.opening_taken_at
        and max(trade_groups.next_taken_at) >= intervals.closing_taken_at
)

select
    interval_id,
    product
from in_force
where not was_enabled and is_known_from_the_opening
union
select
    readers.interval_id,
    refused.stream as product
from readers
inner join {{ ref('int_refusals') }} as refused
    on
        readers.reader_id = refused.reader_id
        and refused.scope is null
        and readers.last_day <= refused.last_day
union all
select
    interval_id,
    'trade_group' as product
from in_no_group
