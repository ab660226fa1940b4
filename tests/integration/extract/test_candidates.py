"""What an account has shown decides which symbols are asked, and what need not be asked at all."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from coinfrs_pipelines.connectors.binance.streams.spot import SPOT_TRADES
from coinfrs_pipelines.connectors.positions import Reading
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract.attempts import Attempt, Run
from coinfrs_pipelines.extract.binance import products, scopes, sweeps
from coinfrs_pipelines.extract.binance.scopes import Symbol
from coinfrs_pipelines.extract.evidence import Evidence, Phase, Proven
from coinfrs_pipelines.extract.landing import ReadingOf, land_readings, land_walk

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from coinfrs_pipelines.connectors.http import VenueClient
    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Register

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RESOLUTION = timedelta(milliseconds=1)


class _Client:
    """What an attempt asks of its client here: the steps of the venue's clock."""

    resolution = RESOLUTION


class Account:
    """An attempt at a data source, and what its key has shown."""

    def __init__(
        self, connection: psycopg.Connection, source: DataSource, page: Any, exchange: Any
    ) -> None:
        self.attempt = Attempt(
            Run("run", (date(2026, 2, 28),)),
            Phase.CAPTURES,
            source,
            connection,
            cast("VenueClient", _Client()),
            Evidence(),
        )
        self._page, self._exchange = page, exchange

    def capture(
        self, hours: int, *, account_ref: str | None = None, group: int | None = None, **free: str
    ) -> None:
        """Land a reading of the spot wallet, so many hours after noon."""
        attempt, answer = self.attempt, self._exchange()
        taken_at = NOON + timedelta(hours=hours)
        balances = {
            "account": {} if group is None else {"tradeGroupId": group},
            "assets": [{"asset": asset, "free": amount} for asset, amount in free.items()],
        }
        reading = Reading("SPOT", "spot", taken_at, taken_at, True, json.dumps(balances), [answer])
        ref = account_ref or attempt.data_source.account_ref
        of = ReadingOf(reading, ref, attempt.run.last_day, f"spot {hours}")
        provenance = attempt.provenance("live_captures")
        land_readings(attempt.connection, provenance, "binance", [answer], [of])

    def trade(self, symbol: str) -> None:
        attempt = self.attempt
        page = self._page((f"{symbol} 1", json.dumps({"symbol": symbol, "id": 1})))
        land_walk(
            attempt.connection,
            attempt.provenance(SPOT_TRADES.name, symbol),
            SPOT_TRADES,
            [page.exchange],
            [page],
            Proven(None, NOON),
        )


@pytest.fixture
def make_account(
    extract: psycopg.Connection, register: Register, page: Any, exchange: Any
) -> Callable[..., Account]:
    return lambda **given: Account(extract, register(**given), page, exchange)


def test_what_a_sub_account_has_does_not_move_its_master(
    make_account: Callable[..., Account],
) -> None:
    """A master's key captures sub-accounts that have none."""
    master = make_account(account_ref="77")
    master.capture(0, BTC="1", ETH="2")
    master.capture(1, BTC="1", ETH="3")
    master.capture(2, account_ref="78", BTC="5")
    assert sweeps.moved_assets(master.attempt, ["spot"]) == {"ETH"}


def test_a_reading_that_tells_of_no_trade_group_does_not_say_that_there_is_none(
    make_account: Callable[..., Account],
) -> None:
    account = make_account()
    account.capture(0, group=-1)
    account.capture(1)
    assert products.absent(account.attempt, "trade_group") is None
    account.capture(2, group=-1)
    assert products.absent(account.attempt, "trade_group") is None
    account.capture(3, group=-1)
    assert products.absent(account.attempt, "trade_group") is not None


def test_the_symbols_that_a_replaced_data_source_traded_are_candidates(
    make_account: Callable[..., Account],
) -> None:
    old = make_account(account_ref="77")
    old.trade("ETHBTC")
    with connect("coinfrs_registry", autocommit=True) as registry:
        data_sources.disable(registry, old.attempt.data_source.id, "lost")
    new, other = (make_account(account_ref=ref).attempt for ref in ("77", "78"))
    symbols = {"ETHBTC": Symbol("ETHBTC", "ETH", "BTC", True)}

    def traded(attempt: Attempt) -> set[str]:
        source = attempt.data_source
        return scopes.assets_of_fills(attempt.connection, source, symbols, ["spot"])

    assert traded(new) == {"ETH", "BTC"}
    assert traded(other) == set()
