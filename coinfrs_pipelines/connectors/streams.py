"""What a stream is: the form of the one declaration that each kind of record has.

A declaration says where a stream is read, what that costs, how its pages follow each other, what a
record is called and which wallets it can move. The declarations stand in each venue's `streams`;
how they are walked stands in `walks.py`.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.wire import EPOCH

MILLISECOND = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Window:
    """The span of time that a request asks for, in epoch milliseconds, both ends as parameters.

    `widest` is the widest span the venue accepts (None: any). Where it is not known whether the
    bounds belong to the span (`bounds_known` false), one millisecond more is asked on each side.
    """

    widest: timedelta | None
    start_param: str = "startTime"
    end_param: str = "endTime"
    bounds_known: bool = True


@dataclass(frozen=True)
class ById:
    """Ascending whole-number ids; `id_param` is inclusive and needs no window."""

    page_size: int
    id_field: str = "id"
    id_param: str = "fromId"
    size_param: str = "limit"
    window: None = None


@dataclass(frozen=True)
class ByTime:
    """No pages: a window holds at most one answer.

    Ascending streams continue at the last instant seen; the others, whose order is not documented,
    go on where a full answer ends as long as its rows add up to the total, and else halve it.
    `total_at` is where the answer tells how many rows the window has, `more_at` where it tells that
    there are more than it shows. `split` is a parameter and its known values: an instant that fills
    an answer is read again once per value. An empty `size_param` is not sent: the venue has one
    size.
    """

    page_size: int
    window: Window
    ascending: bool = False
    size_param: str = "limit"
    total_at: tuple[str, ...] = ()
    more_at: tuple[str, ...] = ()
    split: tuple[str, tuple[str, ...]] | None = None

    @property
    def size_params(self) -> dict[str, str]:
        """The parameters that ask for as much as an answer holds."""
        return {self.size_param: str(self.page_size)} if self.size_param else {}


@dataclass(frozen=True)
class Latest:
    """Only the last rows are shown, `page_size` at most, and nothing leads to the older ones.

    `total_at` is where the answer tells how many rows there are.
    """

    page_size: int
    total_at: tuple[str, ...] = ()
    window: None = None


@dataclass(frozen=True)
class ByNumber:
    """Pages counted from 1; `total_at` is where the answer tells how many rows there are.

    Without a total the end is an empty page, so that a venue that gives shorter pages than were
    asked for loses nothing.
    """

    page_size: int
    window: Window | None = None
    number_param: str = "page"
    size_param: str = "limit"
    total_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class ByOffset:
    """Pages by the number of rows to skip; each page is asked to begin with the last row read."""

    page_size: int
    window: Window | None = None
    offset_param: str = "offset"
    size_param: str = "limit"


@dataclass(frozen=True)
class ByCursor:
    """Pages by an opaque cursor, told in the body at `cursor_at`, or else in a header."""

    page_size: int
    window: Window | None = None
    cursor_param: str = "after"
    size_param: str = "limit"
    cursor_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class Whole:
    """One answer holds everything and is one record, named `record_id`."""

    record_id: str
    window: None = None


Style = ById | ByTime | Latest | ByNumber | ByOffset | ByCursor | Whole
TimeFormat = Literal["milliseconds", "utc_text"]
ScopeRule = Literal[
    "none",
    "fixed",
    "symbols",
    "orders",
    "assets",
    "margin_pairs",
    "emails",
    "own_email",
    "managed_emails",
]
AccountKind = Literal["master", "sub_account"]
Product = Literal[
    "margin",
    "futures",
    "options",
    "portfolio_margin",
    "trade_group",
    "sub_accounts",
    "managed_sub_accounts",
    "managed_investment_transfers",
    "managed_sub_account_transfers",
    "custody_transfers",
    "nft_transactions",
    "stock_orders",
    "stock_conversions",
]

# A number below this is a time in seconds: as milliseconds it would lie before 1974 (B0.5).
LEAST_MILLISECONDS = 10**11


@dataclass(frozen=True, kw_only=True)
class Stream:
    """The one declaration of a kind of record.

    `rows_at` is where the answer holds its array; `natural_key` the fields whose values, joined by
    colons, name a record (those in `empty_keys` may be empty or left out), after the first part of
    the scope it was listed under where that tells what a record is (`scope_in_key`): one id under
    two of them is two records. `time_resolution` is the step of its times. Records without a
    natural key are named by the values of the fields `named_by`, which say what moved and when, and
    by their number among those that are equal in them: whatever else an answer tells, and however
    it spells a number, makes another version of the same record. `scopes` are the values of a fixed
    scope rule; with `margin_pairs` each of them, or the empty text, is crossed with cross margin
    (the empty text) and every isolated pair: "BORROW", "BORROW/BTCUSDT". With `assets` and
    `symbols` the scopes are whatever the stream's wallets were ever seen to have, with `orders` the
    spot orders whose records are not all known ("BTCUSDT/17"). With `emails` a master asks for each
    account of its family, with `own_email` for each sub-account, whose wallets alone are told, and
    with `managed_emails` for each managed sub-account that it invests in. A scope's parts, between
    slashes, are sent under their `scope_params`, unless they are empty.

    Only the keys of an `account_kind` may read it, and it answers only where the account has the
    `product`; where that is the stream's own name, nothing but its refusal tells that there is
    none. Of a stream that is `absent_if_refused`, whatever the venue refuses for good is that
    refusal. `retention` is how far back the venue serves it (None: everything); `trailing` how
    long records still change or come late, relative to venue now. `asset_fields` are the SQL/JSON
    paths, without the leading `$.`, of what names an asset of the account in a record.
    `settled` is a field and its values from which on a record does not change any more: of a stream
    by ids everything is read again from the oldest record that is not settled.
    `changes_unseen` says what of a record changes at an instant that no field tells: such a stream
    is read before the captures as well as after them. A stream that is not read (`is_read` false)
    has neither endpoint nor style: it is declared because it can move its `wallets`.
    """

    name: str
    venue: str
    wallets: tuple[str, ...] = ()
    endpoint: Endpoint | None = None
    style: Style | None = None
    rows_at: tuple[str, ...] = ()
    natural_key: tuple[str, ...] = ()
    empty_keys: tuple[str, ...] = ()
    scope_in_key: bool = False
    named_by: tuple[str, ...] = ()
    time_field: str = ""
    time_format: TimeFormat = "milliseconds"
    time_resolution: timedelta = MILLISECOND
    fixed_params: tuple[tuple[str, str], ...] = ()
    scope_rule: ScopeRule = "none"
    scopes: tuple[str, ...] = ()
    scope_params: tuple[str, ...] = ()
    account_kind: AccountKind | None = None
    product: Product | None = None
    absent_if_refused: bool = False
    alternative_group: str | None = None
    trailing: timedelta = timedelta(0)
    retention: timedelta | None = None
    too_wide_codes: frozenset[str] = frozenset()
    asset_fields: tuple[str, ...] = ()
    settled: tuple[str, tuple[str, ...]] | None = None
    changes_unseen: str = ""
    raw_table: str = ""
    is_read: bool = True

    def __post_init__(self) -> None:
        """Refuse records without ids where one instant may take more than one page.

        Equal records are told apart by their number in the answer, which must show all of them.
        """
        if self.style is None or self.natural_key or isinstance(self.style, Whole):
            return
        if not isinstance(self.style, ByTime) or not self.time_field:
            raise ValueError(f"The records of {self.name} have no ids: read them by time.")
        if self.time_field not in self.named_by:
            raise ValueError(f"The records of {self.name} have no ids: say what names them.")

    @property
    def path(self) -> str:
        """The path of the endpoint; empty where the stream is not read."""
        return self.endpoint.path if self.endpoint else ""

    def id_of(self, fields: dict[str, Any], scope: str = "") -> str:
        """Return the `source_raw_id` of a record that was listed under a scope.

        Raises:
            PayloadError: a field of the natural key is missing or not a plain value.

        """
        listed_as = [scope.partition("/")[0]] if self.scope_in_key else []
        told = [self._key_text(name, fields.get(name)) for name in self.natural_key]
        return ":".join(listed_as + told)

    def _key_text(self, name: str, told: Any) -> str:
        if name in self.empty_keys and (told is None or told == ""):
            return ""
        # An amount may be spelled in another way tomorrow; no id has a point.
        is_amount = isinstance(told, Decimal) or (isinstance(told, str) and "." in told)
        return payloads.text_of(payloads.plain(told) if is_amount else told)

    def content_of(self, fields: dict[str, Any]) -> str:
        """Return what a record without an id is named by, as one text for all its spellings."""
        values = [payloads.plain(fields.get(name)) for name in self.named_by]
        return json.dumps(values, sort_keys=True, default=str)

    def time_of(self, fields: dict[str, Any]) -> datetime | None:
        """Return when a record says it happened, aware UTC; None where it has no readable time."""
        told = fields.get(self.time_field)
        try:
            if self.time_format == "utc_text":
                return datetime.strptime(str(told), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            if told is None:
                return None
            number = int(told)
            return EPOCH + number * (MILLISECOND if number >= LEAST_MILLISECONDS else SECOND)
        except (TypeError, ValueError, OverflowError):
            return None
