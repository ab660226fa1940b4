"""What a day of a large Fireblocks workspace costs: requests, and the time to capture and prove it.

One workspace of thousands of vault accounts, in most of which nothing happens, on an emulated venue
without a fault. Requests are counted from the evidence, and those of the key's proof, of which only
the answers are kept, by proving it once more. Limits are scaled, so that the measurement waits for
no minute; that the venue's would not have held it up is part of what is measured.
"""

import os
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from coinfrs_pipelines.connectors.fireblocks import permissions
from coinfrs_pipelines.connectors.fireblocks.auth import REQUESTS_PER_MINUTE, connect
from coinfrs_pipelines.connectors.http import Exchange, LocalBudget
from coinfrs_pipelines.console import say, table
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.settings import venue_urls
from coinfrs_pipelines.processes import Children, terminated_as_interrupted
from coinfrs_pipelines.rehearsal import clients, venues
from coinfrs_pipelines.rehearsal.installation import Pipeline, adopt, own_installation
from coinfrs_pipelines.rehearsal.simulation import SETTLED_AFTER, captures_of
from coinfrs_pipelines.runs import open_instance

DAY = timedelta(days=1)
CALLS_MAX = 130
# The first closing only opens the chains: the second day is measured.
DAYS = 2
COLUMNS = ("endpoint", "shortly after midnight", "two hours later")

CALLS = """
select path, count(*)::int from coverage.requests
where run_id = (select run_id from coverage.requests order by id desc limit 1)
group by path order by 2 desc, 1
"""
WALLETS = """
with of_day as (select %s::date as day)
select
    (select count(*) from canonical.captures, of_day where as_of_date = day and is_closing),
    (select count(*) from canonical.position_snapshots, of_day where as_of_date = day)
"""
VERDICTS = """
select verdict, count(*) from completeness.verdicts where day = %s group by 1 order by 1
"""
WALLET_DAYS = """
select verdict, count(*) from completeness.wallet_days where day = %s group by 1 order by 1
"""
DOCUMENT = """# What a day of a large workspace costs

Made by `coinfrs scale --vault-accounts {asked}`; not edited by hand. One Fireblocks workspace of
{vaults} vault accounts and {wallets} wallets on an emulated venue without a fault, the second day
after it was connected; {processors} processors, a load average of {load:.1f} when it began.

| | requests | seconds |
|---|---|---|
| proof that the key may only read, and its accounts | {proof} | |
| capture and streams, shortly after midnight | {calls} (at most {calls_max}) | {captured:.0f} |
| streams again two hours later, for what settles late | {again} | {captured_again:.0f} |
| build, verdicts of the day | | {proven:.0f} |

No endpoint was asked more often than {most} times by one reading, and {per_minute} a minute are
what every tier is assumed to grant: at the venue's own limits the requests of a reading fit into a
minute.

Verdicts of the day's cells: {verdicts}. Days of wallets, one per vault account: {wallet_days}.
A cell that held nothing and did not move has no verdict of its own; its wallet's day has one.

| endpoint | shortly after midnight | two hours later |
|---|---|---|
{rows}
"""


@dataclass(frozen=True)
class Reading:
    """What one reading of the day took: requests by endpoint, and seconds."""

    calls: dict[str, int]
    seconds: float

    @property
    def call_count(self) -> int:
        """How many requests were made."""
        return sum(self.calls.values())


@dataclass(frozen=True)
class Measured:
    """What one day took, its readings in order, and what came of it."""

    load: float
    """The load average of the minute before it began: what others had the processors do."""
    proof_calls: int
    readings: tuple[Reading, Reading]
    proven_seconds: float
    vaults: int
    wallets: int
    verdicts: dict[str, int]
    wallet_days: dict[str, int]

    @property
    def most_of_an_endpoint(self) -> int:
        """How often one reading asked the endpoint that it asked most often."""
        return max(count for reading in self.readings for count in reading.calls.values())

    @property
    def rows(self) -> list[tuple[str, int, int]]:
        """The requests of each reading by endpoint, those that were asked most often first."""
        first, again = (reading.calls for reading in self.readings)
        rows = [(path, first.get(path, 0), again.get(path, 0)) for path in first | again]
        return sorted(rows, key=lambda row: (-row[1], -row[2], row[0]))

    @property
    def is_as_it_must_be(self) -> bool:
        """Whether all is complete and no more was asked than is allowed."""
        return (
            self.readings[0].call_count <= CALLS_MAX
            and set(self.verdicts) == {"complete"}
            and set(self.wallet_days) == {"complete"}
            and self.most_of_an_endpoint <= REQUESTS_PER_MINUTE
        )


def run(*, vault_accounts: int, seed: int, document: Path) -> bool:
    """Measure a day, print it, write it down; return whether it is as it must be."""
    load, *_ = os.getloadavg()
    with (
        terminated_as_interrupted(),
        own_installation("scale"),
        Children(lambda _name, _line: None) as children,
        venues.start(children, dict(os.environ), seed=seed, days=DAYS + 1) as emulated,
    ):
        adopt(emulated.environment)
        database.ensure_ready()
        database.export()
        captures = captures_of(emulated, DAYS)
        options = {"fireblocks": {"vault_accounts": vault_accounts}}
        world = emulated.add_world(seed + 1, captures[0].date(), DAYS + 1, options)
        keys = [told for told in world.credentials if told["venue"] == "fireblocks"]
        clients.register([(world, keys)])
        with open_instance() as instance:
            pipeline = Pipeline(instance)
            for at in captures[:-1]:
                emulated.advance_to(at)
                pipeline.extract(at.date() - DAY, lambda _step: None)
                say(f"Captured {at.date() - DAY}")
            day = captures[-1].date() - DAY
            emulated.advance_to(captures[-1])
            first = _read(pipeline, day)
            # Contract calls of the last hour are settled by the schedule's next reading.
            emulated.advance_to(captures[-1] + SETTLED_AFTER)
            again = _read(pipeline, day)
            began = time.monotonic()
            pipeline.close(day, day, lambda _step: None)
            proven = time.monotonic() - began
        [(vaults, wallets)] = _rows(WALLETS, day)
        measured = Measured(
            load=load,
            proof_calls=_proof_calls(keys[0]),
            readings=(first, again),
            proven_seconds=proven,
            vaults=vaults,
            wallets=wallets,
            verdicts=dict(_rows(VERDICTS, day)),
            wallet_days=dict(_rows(WALLET_DAYS, day)),
        )
    return _tell(measured, vault_accounts, document)


def _read(pipeline: Pipeline, day: date) -> Reading:
    began = time.monotonic()
    pipeline.extract(day, lambda _step: None)
    return Reading(dict(_rows(CALLS)), time.monotonic() - began)


def _proof_calls(credential: Mapping[str, str]) -> int:
    """Prove the key as the pipeline does every day; return how many requests that takes."""
    asked: list[Exchange] = []
    with connect(
        credential["api_key"],
        credential["private_key_pem"],
        venue_urls("fireblocks", "emulator"),
        LocalBudget(),
        asked.append,
    ) as client:
        proof = permissions.prove_read_only(client)
        permissions.list_accounts(client, proof)
    return len(asked)


def _tell(measured: Measured, asked: int, document: Path) -> bool:
    first, again = measured.readings
    table(COLUMNS, measured.rows, title=f"{first.call_count} and {again.call_count} requests")
    say(
        f"{measured.vaults} vault accounts, {measured.wallets} wallets: {measured.proof_calls} "
        f"requests to prove the key, {first.seconds:.0f} and {again.seconds:.0f} s to capture, "
        f"{measured.proven_seconds:.0f} s to prove; cells {measured.verdicts}, "
        f"wallets {measured.wallet_days}"
    )
    document.write_text(written(measured, asked))
    say(f"Written: {document}")
    return measured.is_as_it_must_be


def written(measured: Measured, asked: int) -> str:
    """Return the document of what was measured for so many vault accounts asked for."""
    first, again = measured.readings
    return DOCUMENT.format(
        asked=asked,
        vaults=measured.vaults,
        wallets=measured.wallets,
        processors=os.cpu_count(),
        load=measured.load,
        proof=measured.proof_calls,
        calls=first.call_count,
        calls_max=CALLS_MAX,
        captured=first.seconds,
        again=again.call_count,
        captured_again=again.seconds,
        proven=measured.proven_seconds,
        most=measured.most_of_an_endpoint,
        per_minute=REQUESTS_PER_MINUTE,
        verdicts=_counted(measured.verdicts),
        wallet_days=_counted(measured.wallet_days),
        rows="\n".join(f"| `{path}` | {one} | {two} |" for path, one, two in measured.rows),
    )


def _counted(by_verdict: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in by_verdict.items()) or "none"


def _rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with closing(database.connect("LOGIN")) as connection:
        return connection.execute(statement.encode(), parameters or None).fetchall()
