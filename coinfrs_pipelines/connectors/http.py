"""Ask a venue and return its answer verbatim: time-outs, retries, the venue's clock, budgets.

A request is signed anew at every try, waits for its budget, is retried by the vocabulary of
`errors.py` alone, and leaves one `Exchange` per answer. Redirects are never followed. What a body
means, and how pages follow each other, is not known here.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Self, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx
import stamina

from coinfrs_pipelines.connectors.egress import BANS, is_loopback, keep_queries_out_of_logs
from coinfrs_pipelines.connectors.errors import (
    Banned,
    Permanent,
    Throttled,
    Transient,
    VenueError,
)
from coinfrs_pipelines.connectors.wire import (
    Bucket,
    Budget,
    Endpoint,
    Exchange,
    LocalBudget,
    VenueClock,
    Wire,
)

__all__ = [
    "Bucket",
    "Budget",
    "Endpoint",
    "Exchange",
    "LocalBudget",
    "VenueClient",
    "VenueClock",
    "Wire",
]

# Binance gives up after 10 s by itself (-1007); anything slower is lost.
TIME_OUT = httpx.Timeout(15, connect=10)
TRIES_MAX = 5
RETRY_SECONDS_MAX = 300
FIRST_WAIT_SECONDS = 0.5
WAIT_SECONDS_MAX = 20
# A venue that asks for more than this is asked again by the next run, not by this one.
THROTTLE_SECONDS_MAX = 180
# On a clock that stands still no waiting helps, so a refusal is tried again only this often.
HELD_TRIES_MAX = 3
BUDGET_WAIT_SECONDS_MAX = 3600
# A file of a year; what is larger is no file of an account.
FILE_BYTES_MAX = 512 * 1024 * 1024
FIRST_FAILURE_STATUS = 500
# A venue's window ends a little later for the slowest of its counters.
WINDOW_MARGIN_SECONDS = 0.05

T = TypeVar("T")

keep_queries_out_of_logs()


@cache
def _trusted() -> ssl.SSLContext:
    """Return the trust store, loaded once: it costs 25 ms, and a run makes hundreds of clients."""
    return httpx.create_ssl_context()


class VenueClient:
    """One credential's way to one venue; not for several threads at once. Close it after use.

    `base_urls` are the venue's hosts by the name of their API. `on_exchange` is called for every
    answered request, failed ones too. `sleep` is how it waits for budgets, `transport` what carries
    its requests if not the network.
    """

    def __init__(
        self,
        wire: Wire,
        base_urls: Mapping[str, str],
        signer: Callable[[VenueClock], httpx.Auth],
        budget: Budget,
        on_exchange: Callable[[Exchange], None] | None = None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._wire = wire
        self._base_urls = {api: url.rstrip("/") for api, url in base_urls.items()}
        self._clock = VenueClock()
        self._auth = signer(self._clock)
        self._budget = budget
        self._on_exchange = on_exchange
        self._sleep = sleep
        # Only an emulator's clock can be held, and an emulator is on loopback; nobody else is
        # asked again just to see whether time passes.
        self._may_be_held = is_loopback(urlsplit(base_urls[""]).hostname or "")
        self._http = httpx.Client(
            follow_redirects=False,
            timeout=TIME_OUT,
            trust_env=not self._may_be_held,
            verify=_trusted(),
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"VenueClient({self.venue})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def venue(self) -> str:
        """The venue's name."""
        return self._wire.venue

    @property
    def resolution(self) -> timedelta:
        """The smallest step of the venue's clock."""
        return self._wire.resolution

    @property
    def venue_now(self) -> datetime:
        """The last venue time received, aware UTC; asks the venue only if none was received yet."""
        if self._clock.now is None:
            self.refresh_clock()
        if self._clock.now is None:
            raise Permanent(self.venue, "The venue tells no time; it cannot be read without.")
        return self._clock.now

    @property
    def venue_now_at_most(self) -> datetime:
        """The latest that the venue's clock can have shown when its last time was told."""
        return self.venue_now + self.resolution - timedelta(microseconds=1)

    def refresh_clock(self) -> None:
        """Ask the venue for its time.

        Raises:
            VenueError: it does not tell.

        """
        self._retried(self._read_clock)

    def keep_clock_fresh(self) -> None:
        """Ask the venue for its time if what it told last is missing or too old to sign with.

        Raises:
            VenueError: it does not tell.

        """
        self._retried(self._keep_clock_fresh)

    def call(self, endpoint: Endpoint, params: Mapping[str, str] | None = None) -> Exchange:
        """Ask an endpoint; `params` are sent in their order, percent-encoded exactly once.

        Raises:
            VenueError: the answer is not a success, after the retries its class allows.

        """
        query = urlencode(list((params or {}).items()), quote_via=quote, safe="")
        return self._retried(lambda: self._try(endpoint, query))

    def fetch(self, link: str, endpoint: Endpoint, query: str) -> Exchange:
        """Fetch a file from a link that the venue gave: unsigned, from the API's own host alone.

        A link is as good as a key, so the evidence names the `endpoint` and `query` that gave it.

        Raises:
            Permanent: the link leads to another host, to another place, or nowhere.
            VenueError: the venue fails.

        """
        host = self._base_urls[endpoint.api]
        try:
            origin = _origin(link)
            httpx.URL(_with_scheme(link))
        except (ValueError, httpx.InvalidURL):
            origin = None  # Raised below, outside: the error's context would carry the link.
        if origin is None:
            raise Permanent(self.venue, "The link is no address.")
        if origin != _origin(host):
            raise Permanent(
                self.venue, f"The file does not lie on {urlsplit(host).netloc}; it is not fetched."
            )
        return self._retried(lambda: self._fetch(link, endpoint, query))

    def _fetch(self, link: str, endpoint: Endpoint, query: str) -> Exchange:
        self._await_budget(endpoint)
        target = _with_scheme(link)
        before, sent_at, started = self.venue_now, datetime.now(UTC), time.monotonic()
        failure, body = "", bytearray()
        try:
            with self._http.stream("GET", target) as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > FILE_BYTES_MAX:
                        break
        except httpx.HTTPError as lost:
            # The error is raised below, outside: its context would carry the link.
            failure = type(lost).__name__
        if failure:
            raise Transient(self.venue, f"The file was not given out ({failure}).")
        exchange = Exchange(
            method="GET",
            path=endpoint.path,
            query=query,
            status=response.status_code,
            body=bytes(body),
            weight=endpoint.weight,
            venue_time=before,
            sent_at=sent_at,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        if self._on_exchange is not None:
            self._on_exchange(exchange)
        if len(body) > FILE_BYTES_MAX:
            raise Permanent(self.venue, "The file is larger than any that is believed.")
        if response.status_code >= FIRST_FAILURE_STATUS:
            raise Transient(self.venue, "The file was not given out.", status=response.status_code)
        if not response.is_success:
            # A redirect is no success: where it leads is not on the list.
            raise Permanent(self.venue, "The link gives no file.", status=response.status_code)
        return exchange

    def _retried(self, attempt_once: Callable[[], T]) -> T:
        tries = 0

        def wait_before_retry(error: Exception) -> bool | float:
            nonlocal tries
            tries += 1
            return self._wait_before_retry(error, tries)

        for attempt in stamina.retry_context(
            on=wait_before_retry,
            attempts=TRIES_MAX,
            timeout=RETRY_SECONDS_MAX,
            wait_initial=FIRST_WAIT_SECONDS,
            wait_max=WAIT_SECONDS_MAX,
        ):
            with attempt:
                return attempt_once()
        raise AssertionError  # stamina lets the last error through.

    def _wait_before_retry(self, error: Exception, tries: int) -> bool | float:
        """Return whether to try again, or after how many seconds."""
        if isinstance(error, Throttled):
            back_off = FIRST_WAIT_SECONDS * 2 ** (tries - 1)
            if error.status is None:
                return False  # Our own budget, which has waited as long as waiting helps.
            if self._clock_stands_still():
                return back_off if tries < HELD_TRIES_MAX else False
            wait = max(error.retry_after_seconds or 0, self._seconds_to_next_minute(), back_off)
            return wait if wait <= THROTTLE_SECONDS_MAX else False
        return isinstance(error, Transient)

    def _try(self, endpoint: Endpoint, query: str) -> Exchange:
        """Ask once; where the venue says that our clock is wrong, read it and ask once more."""
        self._keep_clock_fresh()
        self._await_budget(endpoint)
        readings = self._clock.readings
        exchange, error = self._send(endpoint, query)
        if error is not None and error.code in self._wire.clock_codes:
            if self._clock.readings == readings:  # The refusal itself has not told the time.
                self._read_clock()
            exchange, error = self._send(endpoint, query)
        if error is not None:
            raise error
        return exchange

    def _read_clock(self) -> None:
        if self._clock.now is not None:
            # Counted but never held up: the clock is what tells that a full window is over.
            bucket, weight = self._wire.clock.bucket, self._wire.clock.weight
            self._budget.acquire(bucket, weight, self._clock.likely_now or self._clock.now)
        _, error = self._send(self._wire.clock, "")
        if error is not None and error.code in self._wire.clock_codes:
            _, error = self._send(self._wire.clock, "")
        if error is not None:
            raise error

    def _keep_clock_fresh(self) -> None:
        if self._clock.now is None or self._clock.age_seconds > self._wire.clock_age_seconds_max:
            self._read_clock()

    def _await_budget(self, endpoint: Endpoint) -> None:
        waited = 0.0
        while True:
            counted_at = self._clock.likely_now or self.venue_now
            wait = self._budget.acquire(endpoint.bucket, endpoint.weight, counted_at)
            if wait <= 0:
                return
            if waited + wait > BUDGET_WAIT_SECONDS_MAX or self._clock_stands_still():
                raise Throttled(
                    self.venue,
                    f"The budget {endpoint.bucket.name} is spent until the venue's next window.",
                    retry_after_seconds=wait,
                )
            self._sleep(wait + WINDOW_MARGIN_SECONDS)
            waited += wait
            self._read_clock()

    def _clock_stands_still(self) -> bool:
        """Return whether the venue's clock is held: it shows the same time a tick later."""
        if not self._may_be_held or self._clock.now is None:
            return False
        before = self._clock.now
        self._sleep(max(0.0, self._wire.clock_tick_seconds - self._clock.age_seconds))
        try:
            self._read_clock()
        except VenueError:
            return False
        return before == self._clock.now

    def _seconds_to_next_minute(self) -> float:
        if self._clock.now is None:
            return 60
        into = self._clock.now.timestamp() + self._clock.age_seconds
        return 60 - into % 60 + WINDOW_MARGIN_SECONDS

    def _send(self, endpoint: Endpoint, query: str) -> tuple[Exchange, VenueError | None]:
        """Send one signed request and classify its answer.

        Raises:
            Transient: nothing was answered.
            Banned: this process was told to stay away from the host.

        """
        base_url = self._base_urls[endpoint.api]
        host = urlsplit(base_url).netloc
        BANS.check(self.venue, host)
        target = base_url + endpoint.path + (f"?{query}" if query else "")
        request = self._http.build_request(endpoint.method, target)
        before, sent_at, started = self._clock.now, datetime.now(UTC), time.monotonic()
        counted_at = self._clock.likely_now
        failure = ""
        try:
            response = self._http.send(request, auth=self._auth if endpoint.signed else None)
        except httpx.HTTPError as lost:
            # The error is raised below, outside: its context would carry the signed URL.
            failure = type(lost).__name__
        if failure:
            raise Transient(self.venue, f"The venue did not answer ({failure}).")
        told = self._wire.told_time(endpoint.path, response.headers, response.content)
        if told is not None:
            self._clock.receive(told)
        exchange = Exchange(
            method=endpoint.method,
            path=endpoint.path,
            query=query,
            status=response.status_code,
            body=response.content,
            weight=endpoint.weight,
            venue_time=before or told or sent_at,
            sent_at=sent_at,
            duration_ms=round((time.monotonic() - started) * 1000),
            next_cursor=self._wire.cursor(response.headers),
        )
        if self._on_exchange is not None:
            self._on_exchange(exchange)
        used = self._wire.counted(endpoint.bucket, response.headers)
        if used is not None and counted_at is not None:
            self._budget.report(endpoint.bucket, used, counted_at)
        error = self._wire.classify(response.status_code, response.headers, response.content)
        if isinstance(error, Banned):
            BANS.add(host, error, self._clock.now)
        return exchange, error


def _origin(url: str) -> tuple[str, str]:
    """Return scheme and authority. Raises ValueError where the text is no address."""
    parts = urlsplit(_with_scheme(url))
    return parts.scheme, parts.netloc.lower()


def _with_scheme(link: str) -> str:
    """Return a link with its scheme; without one, as the venue spells it, it means https."""
    return link if "://" in link else f"https://{link}"
