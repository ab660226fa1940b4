-- Which streams can move the wallet of an interval, where a key of its own account read both ends. Of a group
-- of alternatives one suffices, but a master's view of its family serves only the master and the sub-accounts
-- that its lists show, and what it is told of a sub-account alone serves only that.
with intervals as (
    select
        intervals.*,
        readers.kind as account_kind
    from {{ ref('int_intervals') }} as intervals
    inner join {{ ref('int_readers') }} as readers
        on intervals.account_id = readers.account_id
    where intervals.closing_taken_at is not null and coalesce(intervals.is_own, true)
),

masters as (
    select distinct
        account_id,
        reader_id
    from {{ ref('int_binance__asked_emails') }}
    where scope_rule = 'own_email'
),

required as (
    select
        intervals.interval_id,
        intervals.account_id,
        intervals.wallet,
        intervals.venue,
        intervals.environment,
        intervals.reader_id as own_reader_id,
        intervals.account_kind,
        intervals.opening_taken_at,
        intervals.closing_taken_at,
        intervals.last_day,
        streams.stream,
        coalesce(streams.alternative_group, streams.stream) as requirement,
        streams.scope_rule,
        streams.scopes,
        streams.is_read,
        streams.account_kind as needed_kind,
        streams.product,
        make_interval(days => streams.trailing_days) as trailing_window
    from intervals
    inner join {{ source('coverage', 'streams') }} as streams
        on
            intervals.venue = streams.venue
            and split_part(intervals.wallet, ':', 1) = any(streams.wallets)
    where streams.is_read or intervals.environment not in ('emulator', 'sandbox')
)

select
    required.interval_id,
    required.account_id,
    required.wallet,
    required.venue,
    required.environment,
    required.requirement,
    required.stream,
    required.scope_rule,
    required.scopes,
    required.is_read,
    required.trailing_window,
    required.opening_taken_at,
    required.closing_taken_at,
    required.last_day,
    coalesce(masters.reader_id, required.own_reader_id) as reader_id
from required
left join masters
    on
        required.account_id = masters.account_id
        and required.scope_rule in ('emails', 'own_email')
left join {{ ref('int_binance__absent_products') }} as absent
    on
        required.interval_id = absent.interval_id
        and required.product = absent.product
where
    absent.interval_id is null
    and case required.scope_rule
        when 'emails' then required.account_kind <> 'sub_account' or masters.reader_id is not null
        when 'own_email' then masters.reader_id is not null
        else coalesce(required.needed_kind = required.account_kind, true)
    end
