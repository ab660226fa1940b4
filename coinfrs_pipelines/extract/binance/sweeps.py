"""Which candidates for fills are read on a day, in which order, and from where.

Daily all of them. Where an installation sweeps weekly, on the other days only those of which both
assets may not close, those that were never read, and those that will be delisted; what is left out
then is proven by no residual, so the wallet stays unproven until the sweep has read it. What
closes is decided in SQL later; here stands what is known before: an asset that neither moved
between the last two captures nor is named by a record since then closes without any trade.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

import psycopg
from psycopg import sql

from coinfrs_pipelines.connectors.binance.streams.spot import SPOT_TRADES
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.attempts import Attempt
from coinfrs_pipelines.extract.binance import scopes
from coinfrs_pipelines.extract.binance.scopes import Symbol
from coinfrs_pipelines.partitions import day_of, midnight

# A fill moves both assets of its symbol, and its fee is in a third one at most. An order that is
# placed moves nothing: it locks.
MOVED = sql.SQL("""
with family as (
    select id, account_ref from registry.data_sources
    where owner_id = %(owner_id)s and venue = 'binance' and environment = %(environment)s
),
same_account as (
    select id from family where account_ref = %(account_ref)s
),
captures as (
    select taken_at, balances, row_number() over (order by taken_at desc) as nth
    from staging_binance.raw_live_captures
    where data_source_id in (select id from same_account) and account_ref = %(account_ref)s
        and wallet = any(%(wallets)s) and is_whole
),
amounts as (
    select captures.nth, list.key as list, each.value ->> 'asset' as asset,
        sum(told.value::numeric) as amount
    from captures
    cross join lateral jsonb_each(captures.balances) as list
    cross join lateral jsonb_array_elements(
        case
            when jsonb_typeof(list.value) = 'array' then list.value
            when jsonb_typeof(list.value -> 'balances') = 'array' then list.value -> 'balances'
            else '[]'
        end
    ) as each
    cross join lateral jsonb_each_text(each.value) as told
    where captures.nth <= 2 and told.key not in ('asset', 'updateTime', 'btcValuation')
        and pg_input_is_valid(told.value, 'numeric')
    group by 1, 2, 3
)
select asset from amounts
group by list, asset
having coalesce(sum(amount) filter (where nth = 1), 0)
    <> coalesce(sum(amount) filter (where nth = 2), 0)
{named}
""")
NAMED = sql.SQL("""
union
select named #>> '{{}}' from {raw_table}
cross join lateral jsonb_path_query(raw_payload, {path}) as named
where data_source_id in (select id from {readers})
    and (occurred_at >= (select taken_at from captures where nth = 2) or run_id = %(run_id)s)
""")

# The newest that was said of each symbol: a schedule names it only until it is gone.
DELISTED_AT = """
select distinct on (symbol) symbol, entry ->> 'delistTime'
from staging_binance.raw_delistings as schedules
inner join registry.data_sources on data_sources.id = schedules.data_source_id
cross join lateral jsonb_array_elements(
    case when jsonb_typeof(raw_payload) = 'array' then raw_payload else '[]' end
) as entry
cross join lateral jsonb_array_elements_text(
    case when jsonb_typeof(entry -> 'symbols') = 'array' then entry -> 'symbols' else '[]' end
) as symbol
where data_sources.environment = %(environment)s
order by symbol, schedules.id desc
"""


@dataclass
class Sweep:
    """What decides over the candidates of an account in one run."""

    attempt: Attempt
    stream: Stream
    symbols: Mapping[str, Symbol]
    moved: set[str]
    delisted_at: Mapping[str, datetime]
    proven_to: Mapping[str, datetime]
    now: datetime
    _resumes: dict[date, tuple[datetime, dict[str, int]]] = field(default_factory=dict)

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Return the candidates as they are read: what will be gone first, then what moved."""
        return sorted(
            names, key=lambda name: (not self.is_going(name), -self._moved_count(name), name)
        )

    def is_due(self, name: str) -> bool:
        """Return whether a candidate is read in this run, or waits for the sweep."""
        proven_to = self.proven_to.get(name)
        return (
            settings().spot_sweep == "daily"
            or proven_to is None
            or proven_to < swept_from(self.now)
            or self.is_going(name)
            or self._moved_count(name) == len(self._assets(name))
        )

    def is_going(self, name: str) -> bool:
        """Return whether a symbol has a date of delisting up to which it is not proven yet."""
        delisted_at, proven_to = self.delisted_at.get(name), self.proven_to.get(name)
        return delisted_at is not None and (proven_to is None or proven_to < delisted_at)

    def resume(self, name: str) -> tuple[datetime, int | None]:
        """Return from when a candidate is read again, and by which id; None is its first record.

        From before the position that its proof ends at, so that no day in between is left out.
        """
        first_day = self.attempt.run.first_day
        proven_to = self.proven_to.get(name)
        if proven_to is not None:
            first_day = min(first_day, day_of(proven_to))
        if first_day not in self._resumes:
            since = self.attempt.read_again_from(self.stream, self.now, first_day)
            ids = scopes.resume_ids(
                self.attempt.connection, self.attempt.data_source, self.stream, since
            )
            self._resumes[first_day] = (since, ids)
        since, ids = self._resumes[first_day]
        return since, None if proven_to is None else ids.get(name)

    def _assets(self, name: str) -> set[str]:
        return {self.symbols[name].base, self.symbols[name].quote}

    def _moved_count(self, name: str) -> int:
        return len(self._assets(name) & self.moved)


def begin(attempt: Attempt, stream: Stream, symbols: Mapping[str, Symbol]) -> Sweep:
    """Return what is known of an account's candidates before the first of them is read."""
    connection, data_source = attempt.connection, attempt.data_source
    return Sweep(
        attempt,
        stream,
        symbols,
        attempt.once(("moved", stream.wallets), lambda: moved_assets(attempt, stream.wallets)),
        attempt.once("delisted", lambda: delisted_at(connection, data_source.environment)),
        coverage.proven_to_by_scope(connection, data_source, stream.name),
        attempt.client.venue_now,
    )


def swept_from(now: datetime) -> datetime:
    """Return the Monday midnight up to which every candidate must be proven by the weekly sweep.

    The run that closes Sunday does it, or the next one if that one failed.
    """
    today = day_of(now)
    return midnight(today - timedelta(days=today.weekday()))


def moved_assets(attempt: Attempt, wallets: Collection[str]) -> set[str]:
    """Return the assets of the wallets that may not close; all of them before two captures."""
    data_source = attempt.data_source
    rows = attempt.connection.execute(
        _moved(tuple(wallets)),
        {
            "owner_id": data_source.owner_id,
            "environment": data_source.environment,
            "account_ref": data_source.account_ref,
            "run_id": attempt.run.run_id,
            "wallets": list(wallets),
        },
    ).fetchall()
    return {row[0] for row in rows}


@cache
def _moved(wallets: tuple[str, ...]) -> bytes:
    """Return the statement that asks every stream of the wallets; put together once."""
    statement = MOVED.format(
        named=sql.SQL("").join(
            NAMED.format(
                raw_table=sql.Identifier("staging_binance", stream.raw_table),
                path=sql.Literal(f"$.{name}"),
                # A master sees the transfers of its family; those of others do no harm here.
                readers=sql.Identifier(
                    "family" if stream.scope_rule in {"emails", "own_email"} else "same_account"
                ),
            )
            for stream in scopes.moving(wallets)
            for name in stream.asset_fields
        )
    )
    return statement.as_bytes()


def delisted_at(connection: psycopg.Connection, environment: str) -> dict[str, datetime]:
    """Return when each symbol that was ever scheduled to go goes, as last told."""
    rows = connection.execute(DELISTED_AT, {"environment": environment}).fetchall()
    told = ((symbol, SPOT_TRADES.time_of({SPOT_TRADES.time_field: at})) for symbol, at in rows)
    return {symbol: at for symbol, at in told if at is not None}
