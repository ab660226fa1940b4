"""What a day of a large Fireblocks workspace costs: requests, and the time to capture and prove it.

One workspace of thousands of vault accounts, in most of which nothing happens, on an emulated venue
without a fault. Requests are counted from the evidence. Limits are scaled, so that the measurement
waits for no minute; that the venue's would not have held it up is part of what is measured.
"""

import os
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from coinfrs_pipelines.connectors.fireblocks.auth import REQUESTS_PER_MINUTE
from coinfrs_pipelines.console import say, table
from coinfrs_pipelines.core import database
from coinfrs_pipelines.processes import Children, terminated_as_interrupted
from coinfrs_pipelines.rehearsal import clients, venues
from coinfrs_pipelines.rehearsal.installation import Pipeline, adopt, own_installation
from coinfrs_pipelines.rehearsal.simulation import captures_of
from coinfrs_pipelines.runs import open_instance

DAY = timedelta(days=1)
CALLS_MAX = 130
# The first closing only opens the chains: the second day is measured.
DAYS = 2
COLUMNS = ("endpoint", "requests")

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
after it was connected; {processors} processors, shared with others.

| | requests | seconds |
|---|---|---|
| capture and streams | {calls} (at most {calls_max}) | {captured:.0f} |
| build, verdicts of the day | | {proven:.0f} |

The daily proof that the key may only read takes 10 requests more, before anything is read. No
endpoint was asked more often than {most} times in all, and {per_minute} a minute are what every
tier is assumed to grant: at the venue's own limits the requests of a day fit into a minute.

Verdicts of the day's cells: {verdicts}. Days of wallets, one per vault account: {wallet_days}.
A cell that held nothing and did not move has no verdict of its own; its wallet's day has one.

| endpoint | requests |
|---|---|
{rows}
"""


@dataclass(frozen=True)
class Measured:
    """What one day took: requests by endpoint, seconds, and what came of it."""

    calls: Sequence[tuple[str, int]]
    captured_seconds: float
    proven_seconds: float
    vaults: int
    wallets: int
    verdicts: dict[str, int]
    wallet_days: dict[str, int]

    @property
    def call_count(self) -> int:
        """How many requests were made."""
        return sum(count for _, count in self.calls)

    @property
    def is_as_it_must_be(self) -> bool:
        """Whether all is complete and no more was asked than is allowed."""
        return (
            self.call_count <= CALLS_MAX
            and set(self.verdicts) == {"complete"}
            and set(self.wallet_days) == {"complete"}
            and max(count for _, count in self.calls) <= REQUESTS_PER_MINUTE
        )


def run(*, vault_accounts: int, seed: int, document: Path) -> bool:
    """Measure a day, print it, write it down; return whether it is as it must be."""
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
            began = time.monotonic()
            pipeline.extract(day, lambda _step: None)
            captured = time.monotonic()
            calls = _rows(CALLS)
            # Contract calls of the last hour are settled by the schedule's next reading.
            emulated.advance_to(captures[-1] + timedelta(hours=2))
            pipeline.extract(day, lambda _step: None)
            settled = time.monotonic()
            pipeline.close(day, day, lambda _step: None)
            proven = time.monotonic() - settled
        measured = _measured(calls, captured - began, proven, day)
    return _tell(measured, vault_accounts, document)


def _measured(calls: Any, captured: float, proven: float, day: Any) -> Measured:
    [(vaults, wallets)] = _rows(WALLETS, day)
    return Measured(
        calls=calls,
        captured_seconds=captured,
        proven_seconds=proven,
        vaults=vaults,
        wallets=wallets,
        verdicts=dict(_rows(VERDICTS, day)),
        wallet_days=dict(_rows(WALLET_DAYS, day)),
    )


def _tell(measured: Measured, asked: int, document: Path) -> bool:
    table(COLUMNS, measured.calls, title=f"{measured.call_count} requests")
    say(
        f"{measured.vaults} vault accounts, {measured.wallets} wallets: "
        f"{measured.captured_seconds:.0f} s to capture, {measured.proven_seconds:.0f} s to prove; "
        f"cells {measured.verdicts}, wallets {measured.wallet_days}"
    )
    document.write_text(
        DOCUMENT.format(
            asked=asked,
            vaults=measured.vaults,
            wallets=measured.wallets,
            processors=os.cpu_count(),
            calls=measured.call_count,
            calls_max=CALLS_MAX,
            captured=measured.captured_seconds,
            proven=measured.proven_seconds,
            most=max(count for _, count in measured.calls),
            per_minute=REQUESTS_PER_MINUTE,
            verdicts=_counted(measured.verdicts),
            wallet_days=_counted(measured.wallet_days),
            rows="\n".join(f"| `{path}` | {count} |" for path, count in measured.calls),
        )
    )
    say(f"Written: {document}")
    return measured.is_as_it_must_be


def _counted(by_verdict: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in by_verdict.items()) or "none"


def _rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with closing(database.connect("LOGIN")) as connection:
        return connection.execute(statement.encode(), parameters or None).fetchall()
