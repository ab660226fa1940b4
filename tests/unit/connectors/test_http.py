"""Retries, the venue's clock, budgets and evidence, over real HTTP."""

import itertools
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from coinfrs_pipelines.connectors import egress, http
from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, WIRE, BinanceAuth, sapi_by_ip
from coinfrs_pipelines.connectors.errors import (
    Banned,
    NotEnabled,
    Permanent,
    Throttled,
    Transient,
    Unauthorised,
    VenueError,
)
from coinfrs_pipelines.connectors.http import Bucket, Endpoint, LocalBudget, VenueClient

NOW = datetime(2026, 1, 6, 0, 0, 30, tzinfo=UTC)
NOW_MS = int(NOW.timestamp()) * 1000
THING = Endpoint("/sapi/v1/thing", 1, sapi_by_ip("/sapi/v1/thing"))
FULL_WIDTH = "".join(chr(0xFF10 + digit) for digit in range(1, 7))
TRADES = Endpoint("/api/v3/myTrades", 20, SPOT_IP)


def _in_turn(*answers: Any) -> Callable[[Any], Any]:
    """Answer one after the other, and the last one for ever."""
    left = iter(answers)
    last = answers[-1]
    return lambda _asked: next(left, last)


def _running() -> Callable[[], int]:
    began = time.monotonic()
    return lambda: NOW_MS + round((time.monotonic() - began) * 1000)


def _asked_for(made: Any, path: str) -> list[Any]:
    return [asked for asked in made.venue.asked if asked.path == path]


def test_an_answer_is_evidence(binance: Any) -> None:
    made = binance(lambda _: (200, b'{"a": 1.10}', {}))
    exchange = made.client.call(THING, {"email": "a+b@c.d", "limit": "2"})
    assert exchange.body == b'{"a": 1.10}'
    assert exchange.query == "email=a%2Bb%40c.d&limit=2"
    assert (exchange.method, exchange.path, exchange.status) == ("GET", "/sapi/v1/thing", 200)
    assert exchange.venue_time == NOW
    assert exchange.weight == 1
    assert abs(exchange.sent_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert made.exchanges[-1] == exchange


def test_the_clock_is_read_before_anything_is_signed(binance: Any) -> None:
    made = binance(lambda _: [])
    made.client.call(THING)
    assert made.venue.paths() == ["/api/v3/time", "/sapi/v1/thing"]
    assert made.venue.asked[1].query["timestamp"] == str(NOW_MS)


def test_every_answer_is_evidence_failed_ones_too(binance: Any) -> None:
    made = binance(_in_turn((503, b"<html>"), (200, {})))
    made.client.call(THING)
    assert [each.status for each in made.exchanges] == [200, 503, 200]
    assert made.exchanges[0].venue_time == NOW


def test_a_retry_is_signed_anew(binance: Any) -> None:
    """A retried request must not bear the timestamp of the first (C52)."""
    ticks = itertools.count(NOW_MS, 1500)
    made = binance(_in_turn((500, b""), (500, b""), (200, {})), now=lambda: next(ticks))
    made.client._clock.receive(NOW)  # noqa: SLF001 -- a clock that is too old.
    made.client._clock._received -= 5  # noqa: SLF001 -- the same.
    made.client.call(THING)
    asked = _asked_for(made, "/sapi/v1/thing")
    assert len(asked) == 3
    assert len({each.headers["x-mbx-apikey"] for each in asked}) == 1


def test_a_wrong_clock_is_read_again_and_the_request_signed_with_it(binance: Any) -> None:
    ticks = itertools.chain([NOW_MS + 600_000], itertools.repeat(NOW_MS))
    made = binance(
        lambda asked: (
            (200, {})
            if asked.query["timestamp"] == str(NOW_MS)
            else (400, {"code": -1021, "msg": "outside"})
        ),
        now=lambda: next(ticks),
    )
    exchange = made.client.call(THING)
    assert exchange.venue_time == NOW
    assert made.client.venue_now == NOW
    assert len(_asked_for(made, "/sapi/v1/thing")) == 2


def test_a_clock_that_stays_wrong_is_an_error(binance: Any) -> None:
    made = binance(lambda _: (400, {"code": -1021, "msg": "outside"}))
    with pytest.raises(Transient):
        made.client.call(THING)
    assert len(_asked_for(made, "/sapi/v1/thing")) == 2 * http.TRIES_MAX


@pytest.mark.parametrize(
    ("answer", "kind", "tries"),
    [
        ((503, b""), Transient, http.TRIES_MAX),
        ((200, b"<html>"), Transient, http.TRIES_MAX),
        ((429, b""), Throttled, http.HELD_TRIES_MAX),
        ((400, {"code": -1121, "msg": "x"}), Permanent, 1),
        ((401, {"code": -2015, "msg": "x"}), Unauthorised, 1),
        ((400, {"code": -3003, "msg": "x"}), NotEnabled, 1),
        ((302, b"", {"Location": "http://169.254.169.254/"}), Permanent, 1),
        ((418, b""), Banned, 1),
    ],
)
def test_only_what_may_pass_later_is_tried_again(
    binance: Any, answer: Any, kind: type[VenueError], tries: int
) -> None:
    made = binance(lambda _: answer)
    with pytest.raises(kind):
        made.client.call(THING)
    assert len(_asked_for(made, "/sapi/v1/thing")) == tries


def test_a_flood_passes_after_a_while(binance: Any) -> None:
    made = binance(_in_turn((429, b""), (429, b"", {"Retry-After": "0"}), (200, {})))
    assert made.client.call(THING).status == 200


def test_a_venue_that_wants_more_patience_than_we_have_is_left_alone(binance: Any) -> None:
    made = binance(lambda _: (429, b"", {"Retry-After": "100000"}), now=_running())
    with pytest.raises(Throttled) as caught:
        made.client.call(THING)
    assert caught.value.retry_after_seconds == 100_000
    assert len(_asked_for(made, "/sapi/v1/thing")) == 1


def test_a_throttled_request_waits_for_the_longest_of_three(binance: Any) -> None:
    """The venue's wish, the next venue minute, the own back-off; a zero is not trusted."""
    made = binance(lambda _: {}, now=_running())
    made.client.refresh_clock()
    waits = [
        made.client._wait_before_retry(  # noqa: SLF001 -- stamina would really wait.
            Throttled("binance", "x", status=429, retry_after_seconds=after), 1
        )
        for after in (None, 0, 120)
    ]
    assert 25 < waits[0] <= 31
    assert 25 < waits[1] <= 31
    assert waits[2] == 120


def test_a_silent_venue_is_transient_and_its_error_carries_no_request() -> None:
    """Nothing listens there; what httpx says of it, signed URL and all, must not hang on."""
    with VenueClient(
        WIRE, {"": "http://127.0.0.1:9"}, lambda clock: BinanceAuth("k", "s", clock), LocalBudget()
    ) as client:
        client._clock.receive(NOW)  # noqa: SLF001 -- so that a signed request is what fails.
        with pytest.raises(Transient, match="did not answer") as caught:
            client.call(THING)
    assert caught.value.__context__ is None
    assert caught.value.status is None


def test_a_banned_address_says_nothing_more_to_the_host(binance: Any) -> None:
    """A ban is of the address: another client of the same host stays silent too."""
    made = binance(lambda _: (418, {"code": -1003, "msg": f"IP banned until {NOW_MS + 900_000}."}))
    with pytest.raises(Banned) as caught:
        made.client.call(THING)
    assert caught.value.until == NOW + timedelta(minutes=15)
    asked = len(made.venue.asked)
    with pytest.raises(Banned) as again:
        made.client.call(THING)
    assert again.value.retry_after_seconds == pytest.approx(900, abs=5)
    assert len(made.venue.asked) == asked


def test_a_vaguer_answer_does_not_shorten_a_ban() -> None:
    bans = egress.Bans()
    bans.add("host", Banned("binance", "x", until=NOW + timedelta(hours=5)), NOW)
    bans.add("host", Banned("binance", "x"), NOW + timedelta(seconds=1))
    with pytest.raises(Banned) as caught:
        bans.check("binance", "host")
    assert caught.value.retry_after_seconds == pytest.approx(5 * 3600, abs=5)


def test_a_ban_ends(binance: Any) -> None:
    made = binance(_in_turn((418, b""), (200, {})))
    with pytest.raises(Banned):
        made.client.call(THING)
    host = urlsplit(made.client._base_urls[""]).netloc  # noqa: SLF001 -- as the client does.
    egress.BANS._ends[host] = time.monotonic() - 1  # noqa: SLF001 -- two minutes later.
    assert made.client.call(THING).status == 200


def test_nothing_logs_a_query(binance: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Also httpx itself, which logs the URL of every request."""
    made = binance(_in_turn((503, b""), (200, {})))
    with caplog.at_level(logging.DEBUG):
        made.client.call(THING, {"email": "a@b.c"})
    assert "/sapi/v1/thing" in caplog.text
    for secret in ("signature", "a%40b", "a@b", made.venue.asked[-1].headers["x-mbx-apikey"]):
        assert secret not in caplog.text


def test_nothing_prints_a_secret(binance: Any) -> None:
    made = binance(lambda _: {"secret": "in the body"})
    exchange = made.client.call(THING)
    for each in (made.client, made.client._auth, exchange):  # noqa: SLF001 -- its repr is asked for.
        assert "in the body" not in repr(each)
        assert made.venue.asked[-1].headers["x-mbx-apikey"] not in repr(each)


def test_a_budget_is_taken_before_and_corrected_after(binance: Any) -> None:
    budget = LocalBudget()
    made = binance(lambda _: (200, b"[]", {"X-MBX-USED-WEIGHT-1M": "5879"}), budget=budget)
    made.client.call(TRADES)
    assert budget.acquire(SPOT_IP, 22, NOW) > 0
    assert budget.acquire(SPOT_IP, 21, NOW) == 0


def test_a_full_budget_raises_at_once_where_the_clock_stands_still(binance: Any) -> None:
    """On a held clock the next window never comes."""
    made = binance(lambda _: (200, b"[]", {"X-MBX-USED-WEIGHT-1M": "5900"}))
    made.client.call(TRADES)
    began = time.monotonic()
    with pytest.raises(Throttled) as caught:
        made.client.call(TRADES)
    assert time.monotonic() - began < 2
    assert caught.value.retry_after_seconds == pytest.approx(30, abs=1)
    assert len(_asked_for(made, "/api/v3/myTrades")) == 1


def test_a_full_budget_waits_for_the_venues_next_window(binance: Any) -> None:
    second = Endpoint("/sapi/v1/thing", 6, Bucket("by second", 10, window_seconds=1))
    made = binance(lambda _: [], now=_running())
    made.client.call(second)
    began = time.monotonic()
    made.client.call(second)
    made.client.call(second)
    assert 0.5 < time.monotonic() - began < 4
    sent = [each.query["timestamp"] for each in _asked_for(made, "/sapi/v1/thing")]
    assert len({int(each) // 1000 for each in sent}) == 3


def test_a_budget_window_is_the_venues_calendar_minute() -> None:
    budget, bucket = LocalBudget(), Bucket("b", 10)
    end_of_minute = datetime(2026, 1, 6, 0, 0, 59, tzinfo=UTC)
    assert budget.acquire(bucket, 10, end_of_minute) == 0
    assert budget.acquire(bucket, 1, end_of_minute) == 1
    assert budget.acquire(bucket, 10, end_of_minute + timedelta(seconds=1)) == 0


def test_a_report_only_ever_raises_what_is_known_to_be_spent() -> None:
    budget, bucket = LocalBudget(), Bucket("b", 10)
    assert budget.acquire(bucket, 8, NOW) == 0
    budget.report(bucket, 3, NOW)
    assert budget.acquire(bucket, 3, NOW) > 0
    budget.report(bucket, 9, NOW)
    assert budget.acquire(bucket, 2, NOW) > 0


def test_post_sends_its_parameters_in_the_query(binance: Any) -> None:
    """As the official client does: signed in the query, with an empty body."""
    made = binance(lambda _: [])
    endpoint = Endpoint("/sapi/v3/asset/x", 5, THING.bucket, method="POST")
    made.client.call(endpoint, {"asset": "BTC"})
    asked = made.venue.asked[-1]
    assert asked.method == "POST"
    assert list(asked.query) == ["asset", "recvWindow", "timestamp", "signature"]
    assert asked.headers.get("content-length") == "0"


def test_a_request_may_be_unsigned(binance: Any) -> None:
    made = binance(lambda _: {})
    made.client.call(Endpoint("/api/v3/exchangeInfo", 20, SPOT_IP, signed=False))
    asked = made.venue.asked[-1]
    assert asked.raw_query == ""
    assert "x-mbx-apikey" not in asked.headers


def test_non_ascii_parameters_are_encoded_once(binance: Any) -> None:
    made = binance(lambda _: {})
    made.client.call(THING, {"symbol": FULL_WIDTH, "email": "a+b,c@d.e"})
    sent = made.venue.asked[-1].raw_query
    assert sent.startswith(f"symbol={quote(FULL_WIDTH)}&email=a%2Bb%2Cc%40d.e&recvWindow=")


def test_venue_now_asks_only_if_nothing_was_told_yet(binance: Any) -> None:
    made = binance(lambda _: {})
    assert made.client.venue_now == NOW
    assert made.client.venue_now == NOW
    assert made.venue.paths() == ["/api/v3/time"]


def test_a_venue_that_tells_no_time_is_not_read(serve: Any) -> None:
    venue = serve(lambda _: {})
    with (
        VenueClient(
            WIRE, {"": venue.url}, lambda clock: BinanceAuth("k", "s", clock), LocalBudget()
        ) as client,
        pytest.raises(Permanent),
    ):
        client.call(THING)
