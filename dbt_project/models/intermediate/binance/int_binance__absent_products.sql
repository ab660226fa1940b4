-- A product that an account did not have while an interval lasted: the account's own information said so at
-- its opening, after its closing, and at every time that it was read in between. Of what it does not mention
-- (sub-accounts, investments, custody), the refusal of the stream of that name tells it.
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
inner join {{ ref('int_attempts') }} as attempts
    on
        readers.reader_id = attempts.reader_id
        and readers.last_day <= attempts.day
cross join lateral jsonb_array_elements_text(attempts.not_enabled) as refused (stream)
