-- What must be proven of each scope of a required stream: which span of it, and read when at the earliest.
-- Records of Fireblocks change long after they were made: by height all of them count, from the beginning.
-- The rule `orders` requires none: what misses a match is unmapped (int_binance__spot_orders_legs).
with streams as (
    select
        *,
        opening_taken_at - trailing_window as usual_from
    from {{ ref('int_required_streams') }}
    where is_read
),

of_fixed_scopes as (
    select
        streams.*,
        scope
    from streams
    inner join lateral unnest(
        case streams.scope_rule when 'fixed' then streams.scopes else array[''] end
    ) as scope on true
    where streams.scope_rule in ('none', 'fixed')
),

-- The transfers of a family that name no e-mail are its master's.
of_emails as (
    select
        streams.*,
        asked.*
    from streams
    inner join lateral (
        select
            '' as scope,
            null::timestamptz as since
        where streams.scope_rule = 'emails'
        union all
        select
            emails.email as scope,
            emails.since
        from {{ ref('int_binance__asked_emails') }} as emails
        where
            emails.scope_rule = streams.scope_rule
            and emails.reader_id = streams.reader_id
            and coalesce(emails.account_id = streams.account_id, true)
    ) as asked on true
    where coalesce(asked.since < streams.closing_taken_at, true)
),

-- Cross margin is read without a pair, a pair of isolated margin with it. Any other wallet may have sent
-- something to each pair that the account ever had.
pairs as (
    select distinct
        account_id,
        split_part(wallet, ':', 2) as pair
    from {{ ref('captures') }}
    where wallet like 'isolated_margin:%'
),

of_pairs as (
    select
        streams.*,
        concat_ws('/', nullif(scope, ''), pair.name) as scope
    from streams
    inner join lateral (
        select nullif(split_part(streams.wallet, ':', 2), '') as name
        union all
        select pairs.pair as name
        from pairs
        where
            split_part(streams.wallet, ':', 1) not in ('cross_margin', 'isolated_margin')
            and pairs.account_id = streams.account_id
    ) as pair on true
    inner join lateral unnest(
        case when cardinality(streams.scopes) > 0 then streams.scopes else array[''] end
    ) as scope on true
    where streams.scope_rule = 'margin_pairs'
),

-- A symbol is required up to the first archived list that no longer shows it trading. Without any list
-- nobody knows which symbols there are.
of_symbols as (
    select
        streams.*,
        candidates.symbol as scope,
        least(streams.closing_taken_at, candidates.not_trading_from) as until
    from streams
    inner join {{ ref('int_binance__candidate_symbols') }} as candidates
        on
            streams.account_id = candidates.account_id
            and streams.wallet = candidates.wallet
    where
        streams.scope_rule = 'symbols'
        and coalesce(candidates.not_trading_from > streams.opening_taken_at, true)
    union all
    select
        streams.*,
        'no list of symbols' as scope,
        streams.closing_taken_at as until
    from streams
    left join {{ ref('int_binance__symbols') }} as symbols
        on streams.environment = symbols.environment
    where streams.scope_rule = 'symbols' and symbols.symbol is null
),

of_assets as (
    select
        streams.*,
        candidates.asset as scope
    from streams
    inner join {{ ref('int_binance__candidate_assets') }} as candidates
        on
            streams.account_id = candidates.account_id
            and streams.wallet = candidates.wallet
    where streams.scope_rule = 'assets'
)

{% set spans = [
    ('of_fixed_scopes', "case venue when 'fireblocks' then 'time' end", 'usual_from', 'closing_taken_at',
        'closing_taken_at', 'true'),
    ('of_fixed_scopes', "'height'", "timestamptz '1970-01-01 00:00:00+00'", 'closing_taken_at',
        "timestamptz '-infinity'", "venue = 'fireblocks'"),
    ('of_pairs', 'null', 'usual_from', 'closing_taken_at', 'closing_taken_at', 'true'),
    ('of_assets', 'null', 'usual_from', 'closing_taken_at', 'closing_taken_at', 'true'),
    ('of_emails', 'null', 'greatest(usual_from, since)', 'closing_taken_at', 'closing_taken_at', 'true'),
    ('of_symbols', 'null', 'usual_from', 'until', 'until', 'true'),
] -%}
{% for scopes, cut_axis, needed_from, needed_to, read_at_or_after, condition in spans -%}
    select
        interval_id,
        last_day,
        requirement,
        stream,
        reader_id,
        scope,
        {{ cut_axis }} as cut_axis,
        {{ needed_from }} as needed_from,
        {{ needed_to }} as needed_to,
        {{ read_at_or_after }} as read_at_or_after
    from {{ scopes }}
    where {{ condition }}
    {{ "union all" if not loop.last }}
{% endfor %}
