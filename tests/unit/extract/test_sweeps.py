"""Which candidates for spot trades are read on a day, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from coinfrs_pipelines.connectors.binance.streams.spot import SPOT_TRADES
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.extract.binance.scopes import Symbol
from coinfrs_pipelines.extract.binance.sweeps import Sweep, swept_from

if TYPE_CHECKING:
    from coinfrs_pipelines.extract.attempts import Attempt

MONDAY = datetime(2026, 1, 12, tzinfo=UTC)
THURSDAY = MONDAY + timedelta(days=3, minutes=5)
PAIRS = (("BTC", "USDT"), ("ETH", "BTC"), ("ETH", "USDT"), ("OLD", "USDT"), ("XRP", "USDC"))
SYMBOLS = {base + quote: Symbol(base + quote, base, quote, True) for base, quote in PAIRS}


def sweep(**given: Any) -> Sweep:
    return Sweep(
        cast("Attempt", None),
        SPOT_TRADES,
        SYMBOLS,
        **{
            "moved": {"BTC", "USDT"},
            "delisted_at": {"OLDUSDT": THURSDAY + timedelta(days=2)},
            "proven_to": dict.fromkeys(SYMBOLS, MONDAY + timedelta(minutes=5)),
            "now": THURSDAY,
            **given,
        },
    )


@pytest.fixture
def weekly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COINFRS_SPOT_SWEEP", "weekly")
    settings.cache_clear()


def due(of: Sweep) -> list[str]:
    return [name for name in of.in_order(SYMBOLS) if of.is_due(name)]


def test_what_will_be_gone_is_read_first_and_then_what_moved_most() -> None:
    found = sweep().in_order(SYMBOLS)
    assert found == ["OLDUSDT", "BTCUSDT", "ETHBTC", "ETHUSDT", "XRPUSDC"]


def test_a_daily_sweep_reads_every_candidate() -> None:
    assert due(sweep()) == sweep().in_order(SYMBOLS)


@pytest.mark.usefixtures("weekly")
def test_between_two_sweeps_only_what_moved_on_both_sides_and_what_will_be_gone_is_read() -> None:
    assert due(sweep()) == ["OLDUSDT", "BTCUSDT"]


@pytest.mark.usefixtures("weekly")
def test_a_symbol_is_read_until_it_is_proven_past_its_delisting() -> None:
    gone = sweep(delisted_at={"OLDUSDT": MONDAY + timedelta(minutes=6)})
    assert due(gone) == ["OLDUSDT", "BTCUSDT"]
    assert due(sweep(delisted_at={"OLDUSDT": MONDAY})) == ["BTCUSDT"]


@pytest.mark.usefixtures("weekly")
def test_what_was_never_read_or_missed_the_last_sweep_waits_for_no_other() -> None:
    proven = dict.fromkeys(SYMBOLS, MONDAY + timedelta(minutes=5))
    del proven["ETHUSDT"]
    proven["XRPUSDC"] = MONDAY - timedelta(minutes=1)
    assert due(sweep(proven_to=proven, moved=set(), delisted_at={})) == ["ETHUSDT", "XRPUSDC"]


@pytest.mark.parametrize("days", range(7))
def test_the_sweep_is_the_run_that_closes_sunday(days: int) -> None:
    assert swept_from(MONDAY + timedelta(days=days, hours=23)) == MONDAY
    assert swept_from(MONDAY - timedelta(milliseconds=1)) == MONDAY - timedelta(days=7)
