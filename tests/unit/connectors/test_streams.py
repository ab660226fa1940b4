"""What a declaration refuses, how it reads a time and what it sends of a scope."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from coinfrs_pipelines.connectors.binance.auth import WIRE, BinanceAuth
from coinfrs_pipelines.connectors.binance.streams.margin import MARGIN_BORROW_REPAYS
from coinfrs_pipelines.connectors.errors import WalkNotProven
from coinfrs_pipelines.connectors.http import Bucket, Endpoint, LocalBudget, VenueClient
from coinfrs_pipelines.connectors.streams import (
    ByCursor,
    ById,
    ByNumber,
    ByOffset,
    ByTime,
    Latest,
    Stream,
    Style,
    Whole,
    Window,
)
from coinfrs_pipelines.connectors.walks import walk

ANY = Window(None)

# A list that tells how many rows there are, without an order.
COUNTED = Stream(
    name="rows",
    venue="binance",
    endpoint=Endpoint("/sapi/v1/rows", 1, Bucket("unlimited", 10**9)),
    style=ByTime(100, Window(timedelta(days=30)), total_at=("total",)),
    rows_at=("rows",),
    named_by=("time",),
    time_field="time",
    time_resolution=timedelta(seconds=1),
)


def answered_by(answer: Callable[[httpx.Request], httpx.Response]) -> VenueClient:
    """Return a client whose requests a function answers."""
    return VenueClient(
        WIRE,
        {"": "https://venue.invalid"},
        lambda clock: BinanceAuth("key", "secret", clock),
        LocalBudget(),
        transport=httpx.MockTransport(answer),
    )


@pytest.mark.parametrize(
    "style", [ById(9), Latest(9), ByNumber(9, ANY), ByOffset(9, ANY), ByCursor(9, ANY)]
)
def test_records_without_ids_are_refused_where_an_instant_may_take_two_pages(style: Style) -> None:
    with pytest.raises(ValueError, match="no ids"):
        Stream(name="rows", venue="binance", style=style, time_field="time")
    Stream(name="rows", venue="binance", style=style, natural_key=("id",))


def test_records_without_ids_are_read_by_time_or_as_a_whole() -> None:
    by_time = Stream(
        name="rows", venue="binance", style=ByTime(9, ANY), time_field="time", named_by=("time",)
    )
    Stream(name="rows", venue="binance", style=Whole("all"))
    with pytest.raises(ValueError, match="no ids"):
        replace(by_time, time_field="")
    with pytest.raises(ValueError, match="say what names them"):
        replace(by_time, named_by=("amount",))


@pytest.mark.parametrize(
    ("told", "same"),
    [
        ("0.10", Decimal("0.1")),
        ("1e-1", "0.1"),
        (5, "5.00"),
        ("-0.0", 0),
        ("12345678901234567890123456789012345678.10", "12345678901234567890123456789012345678.1"),
        (Decimal("1E+999999999"), "1e999999999"),
    ],
)
def test_a_number_is_the_same_however_it_is_spelled(told: object, same: object) -> None:
    stream = Stream(name="rows", venue="binance", named_by=("time", "amount"))
    names = [stream.content_of({"time": 1, "amount": amount}) for amount in (told, same)]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("0.1", "0.100000000000000000000000000000000001"),
        ("5", "50"),
        ("5", "-5"),
        (None, "0"),
        ("", "0"),
        (True, "1"),
        ("None", None),
    ],
)
def test_what_differs_is_never_named_alike(one: object, two: object) -> None:
    stream = Stream(name="rows", venue="binance", named_by=("time", "amount"))
    assert stream.content_of({"amount": one}) != stream.content_of({"amount": two})


def test_one_id_under_two_scopes_that_say_what_it_is_is_two_records(binance: Any) -> None:
    """A loan and its repayment may share their txId, and no row says which of the two it is."""
    row = {"txId": 7, "asset": "BNB", "timestamp": 1_767_225_600_000}
    made = binance(lambda _: {"rows": [row], "total": 1})
    start = datetime(2025, 12, 31, 23, tzinfo=UTC)
    names = [
        record.source_raw_id
        for scope in ("BORROW", "REPAY", "REPAY/BNBUSDT")
        for page in walk(
            made.client,
            MARGIN_BORROW_REPAYS,
            scope=scope,
            start=start,
            end=start + timedelta(hours=2),
        ).pages
        for record in page.records
    ]
    assert names == ["BORROW:7:BNB", "REPAY:7:BNB", "REPAY:7:BNB"]


def test_an_amount_in_a_natural_key_is_the_same_however_it_is_spelled() -> None:
    """Staking and loans are named by one: 0.10 and 0.1 are not two of them."""
    stream = Stream(name="rows", venue="binance", natural_key=("time", "asset", "amount"))
    spelled = ("0.10", "0.1", Decimal("0.10"))
    ids = {stream.id_of({"time": 1, "asset": "ETH", "amount": amount}) for amount in spelled}
    assert ids == {"1:ETH:0.1"}
    # What has no point may be an id, and is left as it is.
    assert stream.id_of({"time": "0010", "asset": "1e5", "amount": "7"}) == "0010:1e5:7"


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (1566898617, datetime(2019, 8, 27, 9, 36, 57, tzinfo=UTC)),
        (1566888436123, datetime(2019, 8, 27, 6, 47, 16, 123_000, tzinfo=UTC)),
        ("1566898617000", datetime(2019, 8, 27, 9, 36, 57, tzinfo=UTC)),
        (99_999_999_999, datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
        (100_000_000_000, datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_a_small_number_is_a_time_in_seconds(told: object, read: datetime | None) -> None:
    """One published row of margin transfers tells seconds between rows that tell milliseconds."""
    stream = Stream(name="rows", venue="binance", time_field="timestamp")
    assert stream.time_of({"timestamp": told}) == read


@pytest.mark.parametrize(
    ("names", "scope", "sent"),
    [
        (
            ("type", "isolatedSymbol"),
            "BORROW/BTCUSDT",
            {"type": "BORROW", "isolatedSymbol": "BTCUSDT"},
        ),
        (("type", "isolatedSymbol"), "BORROW", {"type": "BORROW"}),
        (("type", "isolatedSymbol"), "/BTCUSDT", {"isolatedSymbol": "BTCUSDT"}),
        (("email",), "a/b@example.com", {"email": "a/b@example.com"}),
        (("email",), "", {}),
        ((), "", {}),
    ],
)
def test_each_part_of_a_scope_is_sent_under_its_name(
    names: tuple[str, ...], scope: str, sent: dict[str, str]
) -> None:
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v3/time":
            return httpx.Response(200, json={"serverTime": 1_767_225_600_000})
        asked.append(dict(request.url.params))
        return httpx.Response(200, json=[])

    stream = Stream(
        name="rows",
        venue="binance",
        endpoint=Endpoint("/sapi/v1/rows", 1, Bucket("unlimited", 10**9)),
        style=Latest(9),
        natural_key=("id",),
        scope_params=names,
    )
    with answered_by(answer) as client:
        walk(client, stream, scope=scope)
    auth = {"timestamp", "recvWindow", "signature"}
    assert {name: value for name, value in asked[0].items() if name not in auth} == sent


def test_a_step_of_the_times_is_never_asked_for_in_two() -> None:
    """Both ends of every window lie at whole seconds, but for those of the walk itself."""
    asked: list[tuple[int, int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v3/time":
            return httpx.Response(200, json={"serverTime": 1_767_225_600_000})
        first, last = (int(request.url.params[name]) for name in ("startTime", "endTime"))
        asked.append((first, last))
        times = [t for t in range(1_000_000_000_000, 1_000_000_009_000, 1000) if first <= t <= last]
        return httpx.Response(200, json=[{"time": time} for time in times[:2]])

    stream = Stream(
        name="rows",
        venue="binance",
        endpoint=Endpoint("/sapi/v1/rows", 1, Bucket("unlimited", 10**9)),
        style=ByTime(2, Window(timedelta(milliseconds=4700))),
        named_by=("time",),
        time_field="time",
        time_resolution=timedelta(seconds=1),
    )
    with answered_by(answer) as client:
        start = datetime(2001, 9, 9, 1, 46, 40, 300_000, tzinfo=UTC)
        found = walk(client, stream, start=start, end=start + timedelta(seconds=9))
    assert sum(len(page.records) for page in found.pages) == 9
    assert all(first % 1000 == 0 for first, _ in asked)
    assert {last % 1000 for _, last in asked} == {999, 299}


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
def test_full_answers_without_pages_cost_hardly_more_than_the_rows_need(order: str) -> None:
    """Each goes on where the one before ended; the total says that nothing lies in between."""
    begin, requests = 1_000_000_000_000, 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal requests
        if request.url.path == "/api/v3/time":
            return httpx.Response(200, json={"serverTime": 1_767_225_600_000})
        requests += 1
        first, last = (int(request.url.params[name]) for name in ("startTime", "endTime"))
        # Two equal rows at each second, which only one answer may tell apart.
        times = sorted([*range(begin, begin + 250_000, 1000)] * 2, reverse=order == "newest first")
        rows = [{"time": time} for time in times if first <= time <= last]
        return httpx.Response(200, json={"rows": rows[:100], "total": len(rows)})

    with answered_by(answer) as client:
        start = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
        found = walk(client, COUNTED, start=start, end=start + timedelta(days=1))
    assert len({record.source_raw_id for page in found.pages for record in page.records}) == 500
    assert sum(len(page.records) for page in found.pages) == 500
    assert requests == 6


@pytest.mark.parametrize("times_unshown", [1, 10**6])
def test_a_row_that_is_counted_and_not_shown_is_asked_for_again(times_unshown: int) -> None:
    """It may come late; where it never comes, nothing is proven."""
    unshown = times_unshown
    time = 1_000_000_000_000

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal unshown
        if request.url.path.endswith("/time"):
            return httpx.Response(200, json={"serverTime": 1_767_225_600_000})
        first, last = (int(request.url.params[name]) for name in ("startTime", "endTime"))
        rows = [{"time": time}] if first <= time <= last else []
        unshown -= bool(rows)
        return httpx.Response(200, json={"rows": [] if unshown >= 0 else rows, "total": len(rows)})

    with answered_by(answer) as client:
        start = datetime(2001, 9, 9, 1, 46, 40, tzinfo=UTC)
        if times_unshown > 1:
            with pytest.raises(WalkNotProven, match="no row came where the venue counts 1"):
                walk(client, COUNTED, start=start, end=start + timedelta(days=1))
            return
        found = walk(client, COUNTED, start=start, end=start + timedelta(days=1))
    assert [len(page.records) for page in found.pages] == [1]
