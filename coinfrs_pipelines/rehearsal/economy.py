"""What reading an account costs, next to the least that it could: a day, and a year at first sight.

One master with every product, whose sub-accounts have keys of their own, on emulated venues without
a fault. What was spent is the evidence
itself, the requests on record; the least stands in `minimum.py`. The limits are scaled, so that the
measurement waits for no minute: that no request was refused for its weight (429) is part of it.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from psycopg import sql

from coinfrs_pipelines.connectors.binance import auth, permissions
from coinfrs_pipelines.connectors.binance.streams import STREAMS
from coinfrs_pipelines.connectors.binance.streams.transfers import TRANSFER_TYPES
from coinfrs_pipelines.connectors.http import Exchange, LocalBudget
from coinfrs_pipelines.console import say, table
from coinfrs_pipelines.core import data_sources, database
from coinfrs_pipelines.core.settings import venue_urls
from coinfrs_pipelines.processes import Children, terminated_as_interrupted
from coinfrs_pipelines.rehearsal import clients, venues
from coinfrs_pipelines.rehearsal.installation import Pipeline, adopt, own_installation
from coinfrs_pipelines.rehearsal.minimum import Account, Line, Rows, lines
from coinfrs_pipelines.rehearsal.simulation import captures_of
from coinfrs_pipelines.rehearsal.venues import EmulatedVenues, World
from coinfrs_pipelines.runs import open_instance

DAY = timedelta(days=1)
YEAR = 365
TOO_MANY = 429
RATIO_MAX = Decimal("1.2")
COLUMNS = ("bucket", "requests", "weight", "section E", "minimum", "ratio", "what the minimum adds")

DOCUMENT = """# What the requests of an account cost

Made by `coinfrs economy --seed {seed}`; not edited by hand. One master with every product, on
emulated venues without a fault. *Section E* is the weight of one answer of each kind, as the
protocol reference counts a day or a year, and of one proof of the key, which is asked for apart
from the evidence; the *minimum* adds what is read by design, as the last
column says. No bucket may spend more than {ratio} times its minimum, and no request may be refused
for its weight (429).
"""

# The newest run of the account.
REQUESTS = """
select method, path, count(*), sum(weight), count(*) filter (where status = 429)
from coverage.requests
where run_id = %(run_id)s and data_source_id = %(data_source_id)s
group by method, path
"""
NEWEST_RUN = """
select run_id, data_source_id from coverage.requests
join registry.data_sources on data_sources.id = data_source_id
where account_kind = 'master' order by requests.id desc limit 1
"""
QUANTITIES = """
select
    count(distinct scope) filter (where stream = 'spot_trades' and path = '/api/v3/myTrades'),
    count(distinct scope) filter (where stream = 'margin_interests' and scope <> ''),
    count(distinct scope) filter (where stream = 'universal_transfers' and scope <> ''),
    count(distinct scope) filter (where path = '/papi/v1/margin/myTrades'),
    count(distinct scope) filter (where stream = 'pm_margin_loans' and scope <> ''),
    max(observed_at)
from coverage.requests
where run_id = %(run_id)s and data_source_id = %(data_source_id)s
"""
# How long requests were made, one stream after the other: an old time is asked for again.
SECONDS = """
select coalesce(floor(extract(epoch from sum(seconds)))::int, 0) from (
    select max(sent_at) - min(sent_at) as seconds from coverage.requests
    where run_id = %(run_id)s and data_source_id = %(data_source_id)s
    group by stream, phase
) as spent
"""
ROWS = sql.SQL("""
select requests.scope, array_agg(records.occurred_at) from (
    select distinct on (source_raw_id) occurred_at, request_id from {raw_table}
    where data_source_id = %(data_source_id)s
    order by source_raw_id, id
) as records
join coverage.requests on requests.id = records.request_id
where records.occurred_at is not null
group by requests.scope
""")


@dataclass(frozen=True)
class Bucket:
    """What was spent of one of the venue's buckets, and what would have been at the least."""

    name: str
    requests: int
    weight: int
    of_reference: int
    at_least: int
    notes: tuple[str, ...]

    @property
    def ratio(self) -> Decimal | None:
        """What was spent by the least; None where nothing need be spent at all."""
        if not self.at_least:
            return None
        return (Decimal(self.weight) / self.at_least).quantize(Decimal("0.01"))

    @property
    def is_economical(self) -> bool:
        """Whether no more was spent than is allowed."""
        return Decimal(self.weight) <= RATIO_MAX * self.at_least


@dataclass(frozen=True)
class Measured:
    """One measurement: whose and of how long, and each bucket."""

    title: str
    account: Account
    buckets: list[Bucket]
    refused: int

    @property
    def is_economical(self) -> bool:
        """Whether every bucket is, and no request was refused for its weight."""
        return not self.refused and all(bucket.is_economical for bucket in self.buckets)


def run(*, seed: int, document: Path) -> bool:
    """Measure a day and a year; print both, write them down; return whether they are economical."""
    with (
        terminated_as_interrupted(),
        own_installation("economy"),
        Children(lambda _name, _line: None) as children,
        venues.start(children, dict(os.environ), seed=seed, days=3) as emulated,
    ):
        adopt(emulated.environment)
        database.ensure_ready()
        database.export()
        with open_instance() as instance:
            measured = list(_measurements(emulated, Pipeline(instance), seed))
    for each in measured:
        table(COLUMNS, [_cells(bucket) for bucket in each.buckets], title=each.title)
        if each.refused:
            say(f"{each.refused} requests were refused for their weight (429).")
    document.write_text(_document(measured, seed))
    say(f"Written: {document}")
    return all(each.is_economical for each in measured)


def _measurements(emulated: EmulatedVenues, pipeline: Pipeline, seed: int) -> Iterable[Measured]:
    """Close the third day of an account, then connect another one that has a year behind it."""
    captures = captures_of(emulated, 2)
    last_day = captures[-1].date() - DAY
    for world in emulated.worlds:
        _register(world)
    for at in captures:
        emulated.advance_to(at)
        pipeline.extract(at.date() - DAY, lambda _step: None)
    yield _measured("An account-day: the second after it was connected", 1, emulated.worlds[0])
    with closing(database.connect("coinfrs_registry", autocommit=True)) as connection:
        for source in data_sources.active(connection):
            data_sources.disable(connection, source.id, "measured")
    start = last_day - (YEAR - 1) * DAY
    world = emulated.add_world(seed + 1, start, YEAR + 1)
    _register(world, history_start=start)
    pipeline.extract(last_day, lambda _step: None)
    yield _measured("An account-year: connected with a year of history", YEAR, world)


def _register(world: World, *, history_start: date | None = None) -> None:
    """Register the keys of Binance: a sub-account without one would be read by its master's.

    The master first, for the account that came first asks for the lists that are the same for all.
    """
    of_binance = [told for told in world.credentials if told["venue"] == "binance"]
    for is_master in (True, False):
        keys = [told for told in of_binance if (told["kind"] == "master") == is_master]
        clients.register([(world, keys)], history_start=history_start)


def _proof(master: Mapping[str, str]) -> list[tuple[str, str, int, int, int]]:
    """Return what the daily proof of a master's key costs, which is not in the evidence: ask it.

    In the form of REQUESTS.
    """
    asked: list[Exchange] = []
    urls = venue_urls("binance", "emulator")
    secret = master["api_secret"]
    with auth.connect(master["api_key"], secret, urls, LocalBudget(), asked.append) as client:
        permissions.list_accounts(client, permissions.prove_read_only(client))
    return [
        (each.method, each.path, 1, each.weight, int(each.status == TOO_MANY)) for each in asked
    ]


def _measured(title: str, days: int, world: World) -> Measured:
    master = next(told for told in world.credentials if told["kind"] == "master")
    with closing(database.connect("LOGIN")) as connection:

        def rows(statement: Any, known: dict[str, Any]) -> list[tuple[Any, ...]]:
            return connection.execute(statement, known).fetchall()

        [(run_id, data_source_id)] = rows(NEWEST_RUN, {})
        known = {"run_id": run_id, "data_source_id": data_source_id}
        [(symbols, pairs, subs, pm_symbols, pm_assets, now)] = rows(QUANTITIES, known)
        [(seconds,)] = rows(SECONDS, known)
        records = {
            stream.name: [
                Rows(scope, times)
                for scope, times in rows(
                    ROWS.format(raw_table=sql.Identifier("staging_binance", stream.raw_table)),
                    known,
                )
            ]
            for stream in STREAMS
            if stream.is_read and stream.time_field
        }
        spent = [*rows(REQUESTS, known), *_proof(master)]
    account = Account(
        S=symbols,
        I=pairs,
        T=len(TRANSFER_TYPES),
        N=subs,
        P=pm_symbols,
        A=pm_assets,
        days=days,
        seconds=seconds,
    )
    buckets = _by_bucket(list(lines(account, records, now)), spent)
    return Measured(title, account, buckets, sum(row[4] for row in spent))


def _by_bucket(least: Sequence[Line], spent: Sequence[tuple[Any, ...]]) -> list[Bucket]:
    """Sum both by the buckets that the declarations name; an unknown path is one of its own."""
    bucket_of = {line.endpoint.path: line.endpoint.bucket.name for line in least}
    requests: defaultdict[str, int] = defaultdict(int)
    weights: defaultdict[str, int] = defaultdict(int)
    for _, path, count, weight, _ in spent:
        bucket_of.setdefault(path, f"{path}, of which the minimum knows nothing")
        requests[bucket_of[path]] += count
        weights[bucket_of[path]] += int(weight)
    return [
        Bucket(
            name,
            requests[name],
            weights[name],
            sum(line.of_reference * line.endpoint.weight for line in found),
            sum(line.at_least * line.endpoint.weight for line in found),
            tuple(dict.fromkeys(note for line in found for note in line.notes)),
        )
        for name in dict.fromkeys(bucket_of.values())
        for found in [[line for line in least if line.endpoint.bucket.name == name]]
    ]


def _cells(bucket: Bucket) -> tuple[object, ...]:
    return (
        *(bucket.name, bucket.requests, bucket.weight, bucket.of_reference, bucket.at_least),
        *("–" if bucket.ratio is None else bucket.ratio, "; ".join(bucket.notes)),
    )


def _document(measured: Sequence[Measured], seed: int) -> str:
    parts = [
        DOCUMENT.format(seed=seed, ratio=RATIO_MAX),
        *(_section(each) for each in measured),
    ]
    return "\n".join(parts)


def _section(measured: Measured) -> str:
    of = measured.account
    about = (
        f"S = {of.S} candidate symbols, I = {of.I} isolated pairs, T = {of.T} types of transfer, "
        f"N = {of.N} sub-accounts, P = {of.P} symbols and A = {of.A} assets of portfolio margin; "
        f"requests refused for their weight: {measured.refused}."
    )
    cells = [COLUMNS, tuple("---" for _ in COLUMNS), *map(_cells, measured.buckets)]
    rows = [f"| {' | '.join(str(cell) for cell in row)} |" for row in cells]
    return "\n".join([f"## {measured.title}", "", about, "", *rows, ""])
