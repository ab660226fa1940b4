"""What reading an account must cost at the least: section E of the protocol reference by lines.

S candidate symbols, I isolated pairs, T types of transfer, N sub-accounts, and of portfolio margin
P symbols and A assets; weights, windows and sizes of pages are those of the declarations. Beyond
section E, which counts a day as one answer of each kind, the minimum counts what is read by design:
live captures twice, open records before the captures and after them, what may still change or come
late once more, and the pages of what there is. Nothing is known here of what was really asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from coinfrs_pipelines.connectors.binance.auth import CLOCK, CLOCK_AGE_SECONDS_MAX
from coinfrs_pipelines.connectors.binance.control_totals import WALLET_BALANCE
from coinfrs_pipelines.connectors.binance.downloads import INCOME_DOWNLOADS
from coinfrs_pipelines.connectors.binance.permissions import (
    ACCOUNT,
    API_RESTRICTIONS,
    SUB_ACCOUNT_LIST,
)
from coinfrs_pipelines.connectors.binance.streams import STREAMS
from coinfrs_pipelines.connectors.binance.streams.spot import (
    ALL_ORDERS,
    PREVENTED_MATCHES,
    SPOT_ORDERS,
)
from coinfrs_pipelines.connectors.binance.wallets import ACCOUNT_SNAPSHOT, SNAPSHOT_WALLETS, WALLETS
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import ById, ByNumber, ByTime, Stream

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Account:
    """What the formulas are about, and how many days of history are read for the first time."""

    S: int
    I: int  # noqa: E741 -- the reference's own letter.
    T: int
    N: int
    P: int
    A: int
    days: int
    # How long the reading took: a time that is older than CLOCK_AGE_SECONDS_MAX signs nothing.
    seconds: int


@dataclass(frozen=True)
class Rows:
    """The records of one scope of a stream: when each happened."""

    scope: str
    times: Sequence[datetime]


CLOCK_READ = (
    "the clock: around each capture, before each kind of snapshot, for the proof of the key, and "
    f"every {CLOCK_AGE_SECONDS_MAX} seconds"
)
PROOF = "the proof of the key, beside what is read"
PROOF_OF_KIND = "the proof of the key: whether it is a master's, and the list to its empty page"
UNTOLD_GROUP = (
    "orders: nothing tells of the time before it was connected that it is of no trade group"
)
FORGOTTEN = "what the endpoint has forgotten is asked for as a file"

Formula = tuple[str, Callable[[Account], int]]

ONE: Formula = ("1", lambda _: 1)
TWO: Formula = ("2", lambda _: 2)
PER_PAIR: Formula = ("1 + I", lambda a: 1 + a.I)

# How many questions one reading of a stream is, window by window; every other stream is one.
QUESTIONS: Mapping[str, Formula] = {
    "spot_trades": ("S", lambda a: a.S),
    "allocations": ("S", lambda a: a.S),
    "pm_margin_trades": ("P", lambda a: a.P),
    "pm_margin_loans": ("A", lambda a: a.A),
    "pm_margin_repays": ("A", lambda a: a.A),
    "asset_transfers": ("T", lambda a: a.T),
    "universal_transfers": ("N + 1", lambda a: a.N + 1),
    "custody_transfers": ("N", lambda a: a.N),
    "nft_transactions": ("5", lambda _: 5),
    "fiat_orders": TWO,
    "fiat_payments": TWO,
    "c2c_orders": TWO,
    "margin_capital_flows": PER_PAIR,
    "margin_interests": PER_PAIR,
    "margin_borrow_repays": ("2 (1 + I)", lambda a: 2 * (1 + a.I)),
    "margin_transfers": PER_PAIR,
}


@dataclass(frozen=True)
class Line:
    """One line: its requests by section E, those at the least, and why they differ."""

    name: str
    endpoint: Endpoint
    formula: str
    of_reference: int
    at_least: int
    notes: tuple[str, ...] = ()


def lines(account: Account, rows: Mapping[str, Sequence[Rows]], now: datetime) -> Iterator[Line]:
    """Yield every line of a master's reading; `rows` are the records that there are, by stream."""
    for wallet in WALLETS:
        for balances in wallet.lists:
            yield Line(balances.name, balances.endpoint, "1", 1, 2, ("twice: two readings",))
    yield Line("control_totals", WALLET_BALANCE, "1", 1, 1)
    types = len(SNAPSHOT_WALLETS)
    yield Line("account_snapshots", ACCOUNT_SNAPSHOT, "3", types, types)
    for stream in STREAMS:
        # What was prevented is asked for by order, and the account is of no group that has any.
        if stream.account_kind == "sub_account" or stream == PREVENTED_MATCHES:
            continue
        if stream == SPOT_ORDERS:
            at_least = account.S if account.days > 1 else 0
            yield Line(stream.name, ALL_ORDERS, "0", 0, at_least, (UNTOLD_GROUP,) * bool(at_least))
            continue
        yield _line(stream, account, rows.get(stream.name, ()), now)
    yield from _files(account)
    yield Line("key_restrictions", API_RESTRICTIONS, "1", 1, 1, (PROOF,))
    yield Line("key_account", ACCOUNT, "1", 1, 1, (PROOF,))
    yield Line("key_kind", SUB_ACCOUNT_LIST, "2", 2, 3, (PROOF_OF_KIND,))
    # The overview of all wallets is a capture too.
    captures = len(WALLETS) + 1
    at_least = 2 * captures + types + 1 + account.seconds // CLOCK_AGE_SECONDS_MAX
    yield Line("clock", CLOCK, "1", 1, at_least, (CLOCK_READ,))


def _files(account: Account) -> Iterator[Line]:
    """Yield what a file of forgotten income costs: asked for, found made at once, and fetched."""
    for download in INCOME_DOWNLOADS:
        stream = download.kind.replaces
        if stream is None or stream.retention is None:
            continue
        if timedelta(days=account.days) > stream.retention:
            for endpoint in (download.ask, download.poll, download.file):
                yield Line(download.kind.name, endpoint, "0", 0, 1, (FORGOTTEN,))


def _line(stream: Stream, account: Account, rows: Sequence[Rows], now: datetime) -> Line:
    assert stream.endpoint is not None  # noqa: S101 -- only read streams come here.
    formula, questions = QUESTIONS.get(stream.name, ONE)
    scopes = questions(account)
    new = timedelta(days=account.days)
    kept = stream.retention or timedelta.max
    is_first = account.days > 1
    notes = []
    again = DAY + stream.trailing
    span = min(new + stream.trailing, kept)
    at_least = _requests(stream, scopes, rows, now, span)
    if at_least > scopes * _windows(stream, span):
        notes.append("more rows than one answer holds")
    if _windows(stream, again) > 1:
        notes.append(f"{stream.trailing.days} d are read again, in windows of less")
    if stream.changes_unseen:
        at_least += _requests(stream, scopes, rows, now, again)
        notes.append("open records: before and after the captures")
    if isinstance(stream.style, ByNumber) and not stream.style.total_at:
        at_least += scopes * (2 if stream.changes_unseen else 1)
        notes.append("no total is told: an empty page ends each reading")
    of_reference = scopes * (_windows(stream, min(new, kept)) if is_first else 1)
    return Line(stream.name, stream.endpoint, formula, of_reference, at_least, tuple(notes))


def _windows(stream: Stream, span: timedelta) -> int:
    window = stream.style.window if stream.style else None
    return 1 if window is None or window.widest is None else -(-span // window.widest)


def _requests(
    stream: Stream, scopes: int, rows: Sequence[Rows], now: datetime, span: timedelta
) -> int:
    """Return the least requests that show a span of all scopes: their windows, and their pages."""
    windows = _windows(stream, span)
    return (scopes - len(rows)) * windows + sum(
        _of_scope(stream, each.times, now - span, windows) for each in rows
    )


def _of_scope(stream: Stream, times: Sequence[datetime], start: datetime, windows: int) -> int:
    page = getattr(stream.style, "page_size", 0)
    if isinstance(stream.style, ById):
        return sum(1 for at in times if at >= start) // page + 1
    window = stream.style.window if stream.style else None
    if window is None and isinstance(stream.style, ByNumber):
        return max(1, -(-len(times) // page))
    if window is None or window.widest is None or not page:
        return windows
    within = sorted(at for at in times if at >= start)
    widest = window.widest
    counts = [len(list(group)) for _, group in groupby(within, lambda at: (at - start) // widest)]
    pages = windows + sum(-(-count // page) - 1 for count in counts)
    if not isinstance(stream.style, ByTime) or stream.style.split is None:
        return pages
    # An instant that fills an answer is read once for each value of a parameter.
    instants = [len(list(group)) for _, group in groupby(within)]
    return pages + len(stream.style.split[1]) * sum(count > page for count in instants)
