-- Why nothing closes an interval, for each of its days.
select
    intervals.interval_id,
    closed.day::date as day,
    coalesce(of_wallet.reason, of_day.reason) as reason
from {{ ref('int_intervals') }} as intervals
inner join lateral generate_series(
    intervals.first_day::timestamp, intervals.last_day::timestamp, interval '1 day'
) as closed (day) on true
left join {{ ref('int_attempts') }} as of_wallet
    on
        intervals.reader_id = of_wallet.reader_id
        and split_part(intervals.wallet, ':', 1) = of_wallet.wallet
        and closed.day::date = of_wallet.day
left join {{ ref('int_attempts') }} as of_day
    on
        intervals.reader_id = of_day.reader_id
        and of_day.wallet is null
        and closed.day::date = of_day.day
where intervals.closing_taken_at is null
