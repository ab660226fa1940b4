"""The official clients of futures and options parse their faces without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from binance_sdk_derivatives_trading_coin_futures.derivatives_trading_coin_futures import (
    DerivativesTradingCoinFutures,
)
from binance_sdk_derivatives_trading_options.derivatives_trading_options import (
    DerivativesTradingOptions,
)
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)

from coinfrs_pipelines.emulator.binance.faces import futures, vanilla_options

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER, SUB = 0, 1
UM, CM = DerivativesTradingUsdsFutures, DerivativesTradingCoinFutures
OPTIONS = DerivativesTradingOptions
FUTURES_CALLS: dict[str, tuple[int, Ask]] = {
    "USD-margined balance": (SUB, lambda c, _: c.of(UM).futures_account_balance_v3()),
    "USD-margined income": (
        MASTER,
        lambda c, b: c.of(UM).get_income_history(limit=1000, **b.window),
    ),
    "commissions alone": (
        SUB,
        lambda c, b: c.of(UM).get_income_history(income_type="COMMISSION", **b.window),
    ),
    "coin-margined balance": (MASTER, lambda c, _: c.of(CM).futures_account_balance()),
    "coin-margined income": (
        MASTER,
        lambda c, b: c.of(CM).get_income_history(limit=1000, **b.window),
    ),
}
OPTION_CALLS: dict[str, tuple[int, Ask]] = {
    "options account": (MASTER, lambda c, _: c.of(OPTIONS).option_margin_account_information()),
    "bills": (
        MASTER,
        lambda c, b: c.of(OPTIONS).account_funding_flow("USDT", limit=1000, **b.window),
    ),
}
CALLS = FUTURES_CALLS | OPTION_CALLS


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert binance.read_whole(*CALLS[name], caplog)


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(FUTURES_CALLS) == {(f.method, f.path) for f in futures.FACES}
    assert binance.asked_by(OPTION_CALLS) == {(f.method, f.path) for f in vanilla_options.FACES}
