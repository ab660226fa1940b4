"""The official clients ask for files of income and read where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from binance_sdk_derivatives_trading_coin_futures.derivatives_trading_coin_futures import (
    DerivativesTradingCoinFutures,
)
from binance_sdk_derivatives_trading_portfolio_margin.derivatives_trading_portfolio_margin import (
    DerivativesTradingPortfolioMargin,
)
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)

from coinfrs_pipelines.emulator.binance.faces import downloads
from tests.contract.conftest import plain

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance, Clients

MASTER = 0
UM, CM = DerivativesTradingUsdsFutures, DerivativesTradingCoinFutures
PM = DerivativesTradingPortfolioMargin


def _asked(clients: Clients, binance: Binance, kind: type) -> Any:
    window = {"start_time": binance.window["start_time"], "end_time": binance.window["end_time"]}
    client = clients.of(kind)
    if kind is PM:
        return client.get_download_id_for_um_futures_transaction_history(**window)
    return client.get_download_id_for_futures_transaction_history(**window)


def _polled(clients: Clients, binance: Binance, kind: type) -> Any:
    number = _asked(clients, binance, kind).data().download_id
    client = clients.of(kind)
    link = (
        client.get_um_futures_transaction_download_link_by_id
        if kind is PM
        else client.get_futures_transaction_history_download_link_by_id
    )
    assert link(number).data().status == "processing"
    return link(number)


CALLS: dict[str, tuple[int, Ask]] = {
    "a number for USD-margined income": (MASTER, lambda c, b: _asked(c, b, UM)),
    "the link of USD-margined income": (MASTER, lambda c, b: _polled(c, b, UM)),
    "a number for coin-margined income": (MASTER, lambda c, b: _asked(c, b, CM)),
    "the link of coin-margined income": (MASTER, lambda c, b: _polled(c, b, CM)),
    "a number for income of portfolio margin": (MASTER, lambda c, b: _asked(c, b, PM)),
    "the link of income of portfolio margin": (MASTER, lambda c, b: _polled(c, b, PM)),
}


NUMBERS = [name for name in CALLS if name.startswith("a number")]


@pytest.mark.parametrize("name", NUMBERS)
def test_an_official_client_reads_a_number_into_its_own_type(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert binance.read_whole(*CALLS[name], caplog)


@pytest.mark.parametrize("name", sorted(set(CALLS) - set(NUMBERS)))
def test_an_official_client_reads_a_link_into_its_own_type(binance: Binance, name: str) -> None:
    """Null, as the documents have it, is what the client leaves out."""
    position, ask = CALLS[name]
    clients = binance.family[position]
    told = plain(ask(clients, binance).data())
    assert clients.wire == told | {"isExpired": None}
    assert told["status"] == "completed"


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {(f.method, f.path) for f in downloads.FACES}


def test_the_link_gives_the_file_to_whoever_has_it(binance: Binance) -> None:
    told = _polled(binance.family[MASTER], binance, UM).data()
    assert told.status == "completed"
    answer = httpx.get(told.url)
    assert answer.content.startswith(
        b"\xef\xbb\xbfDate(UTC),type,Amount,Asset,Symbol,Transaction ID"
    )
    assert httpx.get(told.url[:-1]).status_code == httpx.codes.FORBIDDEN
