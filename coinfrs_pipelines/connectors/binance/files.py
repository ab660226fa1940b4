"""The venue's own export files: which kinds there are, and how a file becomes records.

A kind says which columns its file has, how each header is spelled, what a cell may hold, and what
names a row. A file is taken whole or not at all, and an error names line and column: what a
spreadsheet has rewritten (exponents, dates, ids cut to a few digits) is refused, because nobody can
tell what stood there. What a row means is not decided here. Which spellings are uncertain stands in
MAPPINGS.md.
"""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE
from coinfrs_pipelines.connectors.binance.streams.futures import CM_INCOME, UM_INCOME
from coinfrs_pipelines.connectors.binance.streams.portfolio import PM_UM_INCOME
from coinfrs_pipelines.connectors.reader import Record
from coinfrs_pipelines.connectors.streams import MILLISECOND, Stream
from coinfrs_pipelines.connectors.wire import EPOCH

PROBLEMS_SHOWN_MAX = 5
CELL_SHOWN_MAX = 40
AS_GIVEN = "import the file as the venue gave it, not as a spreadsheet saved it"
TIME = "time"

_TIME_FORMS = {
    re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"): "%Y-%m-%d %H:%M:%S",
    re.compile(r"\d\d-\d\d-\d\d \d\d:\d\d:\d\d"): "%y-%m-%d %H:%M:%S",
}


class FileRefusedError(Exception):
    """A file is not what it is said to be, or cannot be read whole; nothing of it is taken."""


@dataclass(frozen=True)
class Form:
    """What a cell may hold: a pattern for the machine and words for people."""

    pattern: re.Pattern[str]
    meaning: str


TEXT = Form(re.compile(r"[^\x00]*"), "text")
NAME = Form(re.compile(r"\S+( \S+)*"), "a name")
CODE = Form(re.compile(r"\S+"), "a name without spaces")
CODE_OR_NOTHING = Form(re.compile(r"\S*"), "a name without spaces, or nothing")
INCOME_TYPE = Form(re.compile(r"[A-Z][A-Z0-9_]*"), "a type of income like FUNDING_FEE")
SIDE = Form(re.compile(r"BUY|SELL"), "BUY or SELL")
NUMBER_OF_ID = Form(re.compile(r"\d+"), "an id of digits only")
AMOUNT = Form(re.compile(r"-?\d+(\.\d+)?"), "a plain decimal number")
PRICE = Form(
    re.compile(r"\d+(\.\d+)?|\d{1,3}(,\d{3})+(\.\d+)?"), "a decimal number, grouped or not"
)
AMOUNT_OF_ASSET = Form(re.compile(r"\d[\d,]*(\.\d+)?\S*"), "an amount and its asset, like 0.5BTC")
AN_INSTANT = "a time like 2024-01-31 23:59:59"


@dataclass(frozen=True)
class Header:
    """How a file may begin; `is_utc` where it says itself that its times are UTC."""

    names: tuple[str, ...]
    is_utc: bool


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of export file.

    `columns` are the names that a record gives the cells, one of them `time`; every header spells
    them in the same order. `key` are the columns that name a row; without any it is named by what
    it says. `replaces` is the stream whose records the file tells by the same ids, in the fields
    `tied_by`: only such a file proves an interval. `account_column` holds the venue's reference of
    the account.
    """

    name: str
    stream: Stream
    headers: tuple[Header, ...]
    columns: Mapping[str, Form]
    key: tuple[str, ...] = ()
    replaces: Stream | None = None
    tied_by: tuple[str, ...] = ()
    account_column: str = ""


@dataclass(frozen=True)
class Row:
    """A record of a file, and the line that it ends on."""

    record: Record
    line: int

    @property
    def at(self) -> datetime:
        """When it happened, aware UTC."""
        return self.record.occurred_at or EPOCH


@dataclass(frozen=True)
class Stated:
    """What the file does not say and its owner does: the period asked for, and where its clock is.

    The period is [start, end) of UTC; `utc_offset` is None where the header must say it.
    """

    start: datetime
    end: datetime
    utc_offset: timedelta | None = None
    account_ref: str = field(default="", kw_only=True)


def _landing_in(name: str) -> Stream:
    return Stream(name=name, venue=VENUE, raw_table=f"raw_{name}", is_read=False)


_INCOME_HEADERS = (
    Header(("Date(UTC)", "type", "Amount", "Asset", "Symbol", "Transaction ID"), is_utc=True),
    Header(("Time", "Type", "Amount", "Asset", "Symbol", "Transaction ID"), is_utc=False),
)
_INCOME_COLUMNS = {
    TIME: TEXT,
    "type": INCOME_TYPE,
    "amount": AMOUNT,
    "asset": CODE,
    "symbol": CODE_OR_NOTHING,
    "transaction_id": NUMBER_OF_ID,
}
# The venue's file has no tradeId; a transaction id is unique within a type (C12).
_INCOME_FILE_KEY = ("type", "transaction_id", "asset", "symbol")
_INCOME_TIED_BY = ("incomeType", "tranId", "asset", "symbol")


def _income_files(stream: Stream) -> Kind:
    """Declare the files of a stream of income, which all look alike."""
    return Kind(
        name=stream.name,
        stream=_landing_in(f"{stream.name}_files"),
        headers=_INCOME_HEADERS,
        columns=_INCOME_COLUMNS,
        key=_INCOME_FILE_KEY,
        replaces=stream,
        tied_by=_INCOME_TIED_BY,
    )


UM_INCOME_FILES = _income_files(UM_INCOME)
CM_INCOME_FILES = _income_files(CM_INCOME)
PM_UM_INCOME_FILES = _income_files(PM_UM_INCOME)
SPOT_TRADE_FILES = Kind(
    name="spot_trades",
    stream=_landing_in("spot_trade_files"),
    headers=(
        Header(("Date(UTC)", "Pair", "Side", "Price", "Executed", "Amount", "Fee"), is_utc=True),
        Header(("Time", "Pair", "Side", "Price", "Executed", "Amount", "Fee"), is_utc=False),
    ),
    columns={
        TIME: TEXT,
        "pair": CODE,
        "side": SIDE,
        "price": PRICE,
        "executed": AMOUNT_OF_ASSET,
        "amount": AMOUNT_OF_ASSET,
        "fee": AMOUNT_OF_ASSET,
    },
)
TRANSACTION_HISTORY_FILES = Kind(
    name="transaction_history",
    stream=_landing_in("transaction_history_files"),
    headers=(
        Header(
            ("User_ID", "UTC_Time", "Account", "Operation", "Coin", "Change", "Remark"), is_utc=True
        ),
        Header(
            ("User ID", "Time", "Account", "Operation", "Coin", "Change", "Remark"), is_utc=False
        ),
    ),
    columns={
        "user_id": NUMBER_OF_ID,
        TIME: TEXT,
        "account": NAME,
        "operation": NAME,
        "coin": CODE,
        "change": AMOUNT,
        "remark": TEXT,
    },
    account_column="user_id",
)
KINDS = {
    kind.name: kind
    for kind in (
        *(UM_INCOME_FILES, CM_INCOME_FILES, PM_UM_INCOME_FILES),
        *(SPOT_TRADE_FILES, TRANSACTION_HISTORY_FILES),
    )
}


def read_rows(kind: Kind, body: bytes, stated: Stated) -> tuple[Row, ...]:
    """Read all rows of a file, in its order.

    Raises:
        FileRefusedError: the header is not one of the kind's, or a line is not readable, lies
            outside the stated period, is of another account, or repeats an id.

    """
    lines = csv.reader(io.StringIO(_text(body), newline=""), strict=True)
    rows: list[Row] = []
    problems: list[str] = []
    names: dict[str, int] = {}
    twins: Counter[str] = Counter()
    try:
        header, offset = _header(kind, next(lines, []), stated)
        for cells in lines:
            if not cells:
                continue
            line = lines.line_num
            found = list(_problems(kind, header, cells, offset, stated))
            if not found:
                row = _row(kind, cells, line, len(rows), offset, twins)
                first = names.setdefault(row.record.source_raw_id, line)
                if first == line:
                    rows.append(row)
                else:
                    ids = " ".join(row.record.source_raw_id.split(":"))
                    found = [f"it repeats line {first} ({ids}), and an id names one record"]
            problems += [f"line {line}, {problem}" for problem in found]
    except csv.Error as error:
        problems.append(f"line {lines.line_num}, it is no CSV: {error}")
    if problems:
        raise FileRefusedError(_said(problems))
    return tuple(rows)


def _text(body: bytes) -> str:
    if body.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise FileRefusedError("it is packed: unpack it, and import the CSV inside")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise FileRefusedError(f"line {line}, it is not UTF-8: {AS_GIVEN}") from None


def _header(kind: Kind, told: list[str], stated: Stated) -> tuple[Header, timedelta]:
    """Return which header it is, and how far the file's clock is ahead of UTC."""
    header = next((known for known in kind.headers if list(known.names) == told), None)
    if header is None:
        known = "; or ".join(",".join(header.names) for header in kind.headers)
        raise FileRefusedError(
            f"line 1, the header {_shown(','.join(told))} is none of a {kind.name} file: {known}"
        )
    if header.is_utc:
        if stated.utc_offset:
            raise FileRefusedError("line 1, the header says that its times are UTC: no offset")
        return header, timedelta(0)
    if stated.utc_offset is None:
        raise FileRefusedError(
            "line 1, the header does not say that its times are UTC: state the offset, which the "
            "venue puts in the name of the file"
        )
    return header, stated.utc_offset


def _problems(
    kind: Kind, header: Header, cells: list[str], offset: timedelta, stated: Stated
) -> Iterator[str]:
    """Yield what is wrong with a line."""
    if len(cells) != len(header.names):
        yield f"it has {len(cells)} columns, not {len(header.names)}"
        return
    for (name, form), spelled, cell in zip(kind.columns.items(), header.names, cells, strict=True):
        if name == TIME:
            at = _instant(cell, offset)
            if at is None:
                yield f"column {spelled}: {_shown(cell)} is not {AN_INSTANT}; {AS_GIVEN}"
            elif not stated.start <= at < stated.end:
                yield f"column {spelled}: {_shown(cell)} lies outside the stated period"
        elif not form.pattern.fullmatch(cell):
            yield f"column {spelled}: {_shown(cell)} is not {form.meaning}; {AS_GIVEN}"
        elif name == kind.account_column and cell != stated.account_ref:
            yield f"column {spelled}: {cell} is not the account {stated.account_ref} of the source"


def _row(
    kind: Kind,
    cells: list[str],
    line: int,
    ordinal: int,
    offset: timedelta,
    twins: Counter[str],
) -> Row:
    told = dict(zip(kind.columns, cells, strict=True))
    at = _instant(told[TIME], offset) or EPOCH
    milliseconds = (at - EPOCH) // MILLISECOND
    if kind.key:
        name = ":".join(told[column] for column in kind.key)
    else:
        # The instant and not its spelling: the same row may be exported on two clocks.
        said = json.dumps({**told, TIME: milliseconds}, ensure_ascii=False)
        content = hashlib.sha256(said.encode()).hexdigest()
        name = f"{content}:{twins[content]}"
        twins[content] += 1
    payload = json.dumps({**told, "at": milliseconds}, ensure_ascii=False)
    return Row(Record(name, at, payload, ordinal), line)


def _instant(told: str, offset: timedelta) -> datetime | None:
    for pattern, form in _TIME_FORMS.items():
        if pattern.fullmatch(told):
            try:
                return datetime.strptime(told, form).replace(tzinfo=UTC) - offset
            except ValueError:
                return None
    return None


def _shown(told: str) -> str:
    return repr(told if len(told) <= CELL_SHOWN_MAX else told[:CELL_SHOWN_MAX] + "…")


def _said(problems: list[str]) -> str:
    shown = problems[:PROBLEMS_SHOWN_MAX]
    more = len(problems) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")
