"""What a world's ledger says about a span of days, and where the product says otherwise.

The ledger never passes through the code under test: it comes from the emulator's admin API, the
product's view from `canonical` and `completeness`. A difference is a line of text, for a person.
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, Inexact
from typing import Any

from coinfrs_pipelines.core import database
from coinfrs_pipelines.rehearsal.faults import Gone
from coinfrs_pipelines.rehearsal.venues import Cell, Leg

ROLE: database.Role = "bi_reader"
DAY = timedelta(days=1)
# The venue shows these wallets of each midnight by itself; nothing in transit is in them.
SNAPSHOT_WALLETS = frozenset({"spot", "cross_margin", "um_futures"})
# An isolated pair is a wallet once it is opened: its first capture is an opening, judged by none.
OPENED_LATER = "isolated_margin:"
# The venue's overview of wallets knows nothing of it.
NOT_IN_OVERVIEW = "portfolio_margin"
# Sums of amounts with 18 decimals are longer than 28 digits; here a rounding is an error.
EXACT = Context(prec=80, traps=[Inexact])

# A record may be one leg or several of the same cell at the same instant (a withdrawal with its
# fee); both sides are summed by event, cell and instant.
LEGS = """
select
    accounts.venue, accounts.external_id, transactions.wallet, transactions.asset,
    transactions.component, sum(transactions.amount) as amount,
    coalesce(transactions.bracket_start, transactions.occurred_at) as earliest,
    coalesce(transactions.bracket_end, transactions.occurred_at) as latest,
    case when transactions.cut_axis = 'height' then transactions.cut_value end as height
from canonical.transactions
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s) and transactions.status = 'completed'
group by transactions.event_id, 1, 2, 3, 4, 5, 7, 8, 9
having sum(transactions.amount) <> 0
"""

POSITIONS = """
select
    accounts.venue, accounts.external_id, position_snapshots.wallet, position_snapshots.asset,
    position_snapshots.component, position_snapshots.kind, position_snapshots.taken_at,
    position_snapshots.amount
from canonical.position_snapshots
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s)
"""

VERDICTS = """
select
    accounts.venue, accounts.external_id, verdicts.wallet, verdicts.asset, verdicts.component,
    verdicts.day, verdicts.verdict, verdicts.reasons
from completeness.verdicts
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s)
order by verdicts.day
"""

# A snapshot judges nothing where a leg of unknown instant lies around it or something is frozen
# (decision 0010).
SILENT_SNAPSHOTS = """
select
    accounts.venue, accounts.external_id, rollforward.wallet, rollforward.asset,
    rollforward.component, on_day::date
from completeness.position_rollforward as rollforward
join canonical.accounts using (account_id)
cross join lateral generate_series(
    rollforward.first_day, coalesce(rollforward.last_day, rollforward.first_day), interval '1 day'
) as on_day
where
    accounts.external_id = any(%(accounts)s) and rollforward.kind = 'venue_snapshot'
    and not rollforward.judges
"""

UNPROVEN_WALLETS = """
select accounts.external_id, wallet_days.wallet, wallet_days.day, wallet_days.reasons
from completeness.wallet_days
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s) and wallet_days.verdict = 'unproven'
"""

CONTROL_TOTALS = """
select
    accounts.external_id, control_totals.wallet_name, control_totals.asset, control_totals.day,
    control_totals.state
from completeness.control_totals
join canonical.accounts using (account_id)
where accounts.external_id = any(%(accounts)s)
"""

# Of a workspace, which is no account: its owner has one in a simulated world.
TOTALS_OF_WORKSPACES = """
select
    data_sources.account_ref, control_totals.asset, control_totals.day, control_totals.state
from completeness.control_totals
join canonical.data_sources using (owner_id)
where
    control_totals.venue = 'fireblocks' and data_sources.venue = 'fireblocks'
    and data_sources.account_ref = any(%(accounts)s)
"""

CellDay = tuple[Cell, date]


@dataclass(frozen=True)
class Interval:
    """The span [begin, end) between two positions of a chain, and the day it is labelled with."""

    begin: datetime
    end: datetime
    day: date


@dataclass(frozen=True)
class Compared:
    """What is wrong with the verdicts of a world, how many there are, and the worst of it.

    `falsely_complete` counts the cells and days that are complete and must not be.
    """

    wrong: list[str]
    verdicts: int
    falsely_complete: int


def live_intervals(captures: list[datetime]) -> list[Interval]:
    """Return the intervals between daily captures; a capture closes the day before its own."""
    return [Interval(begin, end, end.date() - DAY) for begin, end in itertools.pairwise(captures)]


def snapshot_intervals(captures: list[datetime]) -> list[Interval]:
    """Return the intervals between the venue's own snapshots that the captures span."""
    midnights = [at.replace(hour=0, minute=0, second=0, microsecond=0) for at in captures]
    return [Interval(begin, end, begin.date()) for begin, end in itertools.pairwise(midnights)]


def changes(legs: Iterable[Leg], interval: Interval) -> dict[Cell, Decimal]:
    """Sum the legs of an interval by cell; cells whose legs cancel out are left out."""
    sums: defaultdict[Cell, Decimal] = defaultdict(Decimal)
    for leg in legs:
        if interval.begin <= leg.at < interval.end:
            sums[leg.cell] = EXACT.add(sums[leg.cell], leg.amount)
    return {cell: amount for cell, amount in sums.items() if amount}


def is_chained(cell: Cell, opening: Iterable[Cell]) -> bool:
    """Return whether the wallet of a cell was there at an opening: all are, but pairs opened later.

    `opening` are the cells that were ever touched before that instant.
    """
    return not cell.wallet.startswith(OPENED_LATER) or any(
        (known.account_ref, known.wallet) == (cell.account_ref, cell.wallet) for known in opening
    )


def broken_by(
    hidden: list[Leg],
    true_at: Mapping[datetime, Iterable[Cell]],
    captures: list[datetime],
    silent: Collection[CellDay],
) -> set[CellDay]:
    """Return the cells and days that must break when these legs are hidden: both chains' union.

    What is hidden at midnight lies in two days, by the two chains; `silent` are the cells and days
    of which the venue's own snapshot judges nothing. The live captures always do.
    """
    live = {
        (cell, interval.day)
        for interval in live_intervals(captures)
        for cell in changes(hidden, interval)
        if is_chained(cell, true_at[interval.begin])
    }
    snapshots = {
        (cell, interval.day)
        for interval in snapshot_intervals(captures)
        for cell in changes(hidden, interval)
        if cell.wallet in SNAPSHOT_WALLETS and cell.component != "in_transit"
    }
    return live | (snapshots - set(silent))


def wrong_legs(truth: list[Leg], accounts: list[str], begin: datetime, end: datetime) -> list[str]:
    """Compare every completed leg in [begin, end) with the truth, hidden legs left out.

    A leg agrees in cell and amount, in its block where it has one, and the true instant lies
    within what is known of it. Legs of the truth from `end` on may be known already.
    """
    unmatched: defaultdict[tuple[Cell, Decimal], list[tuple[Any, ...]]] = defaultdict(list)
    for *parts, amount, earliest, latest, height in rows(LEGS, accounts):
        unmatched[Cell(*parts), amount].append((earliest, latest, height))
    wrong = []
    for leg in _summed(leg for leg in truth if not leg.is_hidden and begin <= leg.at):
        known = unmatched[leg.cell, leg.amount]
        found = next((entry for entry in known if _is_the_same(leg, *entry)), None)
        if found is None and leg.at >= end:
            continue
        if found is None:
            wrong.append(f"missing: {_text(leg.cell)} {leg.amount} at {leg.at.isoformat()}")
        else:
            known.remove(found)
    for (cell, amount), entries in unmatched.items():
        wrong += [
            f"invented: {_text(cell)} {amount} at {earliest.isoformat()}"
            for earliest, _, _ in entries
            if begin <= earliest < end
        ]
    return wrong


def _summed(legs: Iterable[Leg]) -> list[Leg]:
    """Sum the legs of one event in one cell at one instant; what cancels out is left out."""
    sums: dict[tuple[str, Cell, datetime], Leg] = {}
    for leg in legs:
        key = (leg.event_id, leg.cell, leg.at)
        before = sums.get(key)
        amount = EXACT.add(before.amount, leg.amount) if before else leg.amount
        sums[key] = replace(leg, amount=amount)
    return [leg for leg in sums.values() if leg.amount]


def _is_the_same(leg: Leg, earliest: datetime, latest: datetime, height: Decimal | None) -> bool:
    is_in_block = leg.height is None or height is None or leg.height == int(height)
    # Records tell milliseconds and the truth is no finer; a block is its own instant.
    return is_in_block and (height is not None or earliest <= leg.at <= latest)


def wrong_positions(true_at: dict[datetime, dict[Cell, Decimal]], accounts: list[str]) -> list[str]:
    """Compare every observed position with the truth at that instant; an absent one is zero."""
    observed: defaultdict[tuple[str, datetime], dict[Cell, Decimal]] = defaultdict(dict)
    for *parts, kind, taken_at, amount in rows(POSITIONS, accounts):
        observed[kind, taken_at][Cell(*parts)] = amount
    wrong = []
    for (kind, taken_at), amounts in sorted(observed.items()):
        true = true_at.get(taken_at)
        if true is None:
            wrong.append(f"a {kind} at {taken_at.isoformat()}, when none was taken")
            continue
        cells = amounts if kind == "venue_snapshot" else amounts.keys() | true.keys()
        wrong += [
            f"{kind} {taken_at.isoformat()}: {_text(cell)} is {amounts.get(cell, 0)}, "
            f"truly {true.get(cell, 0)}"
            for cell in cells
            if amounts.get(cell, Decimal(0)) != true.get(cell, Decimal(0))
        ]
    return wrong


def wrong_verdicts(
    truth: list[Leg],
    true_at: dict[datetime, dict[Cell, Decimal]],
    accounts: list[str],
    captures: list[datetime],
    gone: Gone | None,
) -> Compared:
    """Compare every verdict with what it must be.

    What only an endpoint that is gone tells must be unproven on every day.
    """

    def is_unread(cell: Cell) -> bool:
        return gone is not None and gone.moves(cell)

    hidden = [leg for leg in truth if leg.is_hidden]
    silent = {(Cell(*parts), day) for *parts, day in rows(SILENT_SNAPSHOTS, accounts)}
    expected_broken = broken_by(hidden, true_at, captures, silent)
    found: dict[CellDay, tuple[str, list[str]]] = {}
    for *parts, day, verdict, reasons in rows(VERDICTS, accounts):
        found[Cell(*parts), day] = (verdict, reasons)
    wrong: list[str] = []
    falsely = 0
    for interval in live_intervals(captures):
        ends = (true_at[interval.begin], true_at[interval.end])
        moved = {leg.cell for leg in truth if interval.begin <= leg.at < interval.end}
        present = {cell for amounts in ends for cell, amount in amounts.items() if amount} | {
            cell for cell in moved if not all(leg.is_hidden for leg in truth if leg.cell == cell)
        }
        wrong += [
            f"no verdict: {_text(cell)} on {interval.day}"
            for cell in sorted(present)
            if is_chained(cell, ends[0])
            and (cell, interval.day) not in found
            # Nobody knows of what came and went unread.
            and (not is_unread(cell) or any(amounts.get(cell) for amounts in ends))
        ]
    for (cell, day), (verdict, reasons) in found.items():
        expected = "broken" if (cell, day) in expected_broken else "complete"
        expected = "unproven" if is_unread(cell) else expected
        falsely += verdict == "complete" != expected
        if verdict != expected:
            told = f" ({', '.join(reasons)})" if reasons else ""
            wrong.append(f"{_text(cell)} on {day} is {verdict}{told}, must be {expected}")
    wrong += [
        f"broken without a verdict: {_text(cell)} on {day}"
        for cell, day in sorted(expected_broken - found.keys())
    ]
    wrong += [
        f"the wallet {account} {wallet} is unproven on {day} ({', '.join(reasons)})"
        for account, wallet, day, reasons in rows(UNPROVEN_WALLETS, accounts)
        if not (gone and gone.reaches(account, wallet))
    ]
    return Compared(wrong, len(found), falsely)


def wrong_control_totals(accounts: list[str]) -> list[str]:
    """Return what the venue's overview of wallets shows otherwise than the captures beside it."""
    told = rows(CONTROL_TOTALS, accounts)
    if not told:
        return ["no control total was compared"]
    return [
        f"the control total of {account} {wallet} {asset} on {on} is {state}"
        for account, wallet, asset, on, state in told
        if state != ("not_detailed" if wallet == NOT_IN_OVERVIEW else "agrees")
    ]


def wrong_totals_of_workspaces(workspaces: list[str]) -> list[str]:
    """Return which of Fireblocks' own totals over all vault accounts are not the captures' sum."""
    told = rows(TOTALS_OF_WORKSPACES, workspaces)
    if workspaces and not told:
        return ["no total of a workspace was compared"]
    return [
        f"the total of {workspace} in {asset} on {on} {state}"
        for workspace, asset, on, state in told
        if state != "agrees"
    ]


def falsely_complete(hidden: list[Leg], captures: list[datetime]) -> list[str]:
    """Return the cells that hidden legs moved and that are complete on every day since.

    The day of a leg may be a later one where a position lags behind, but the amount cannot vanish.
    """
    verdicts: defaultdict[Cell, dict[date, str]] = defaultdict(dict)
    accounts = sorted({leg.cell.account_ref for leg in hidden})
    for *parts, day, verdict, _ in rows(VERDICTS, accounts):
        verdicts[Cell(*parts)][day] = verdict
    return [
        f"{_text(cell)} is complete since {interval.day}, where a hidden record moved it"
        for interval in live_intervals(captures)
        for cell in changes(hidden, interval)
        if not any(
            verdict != "complete" for day, verdict in verdicts[cell].items() if day >= interval.day
        )
    ]


def rows(statement: str, accounts: list[str]) -> list[tuple[Any, ...]]:
    """Return what the product tells of these accounts."""
    with closing(database.connect(ROLE)) as connection:
        return connection.execute(statement, {"accounts": accounts}).fetchall()


def _text(cell: Cell) -> str:
    return f"{cell.venue} {cell.account_ref} {cell.wallet} {cell.asset} {cell.component}"
