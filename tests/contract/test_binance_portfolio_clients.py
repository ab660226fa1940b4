"""The official client of portfolio margin parses its faces without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from binance_sdk_derivatives_trading_portfolio_margin.derivatives_trading_portfolio_margin import (
    DerivativesTradingPortfolioMargin,
)

from coinfrs_pipelines.emulator.binance.faces import portfolio

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER = 0
PM = DerivativesTradingPortfolioMargin
CALLS: dict[str, tuple[int, Ask]] = {
    "balance": (MASTER, lambda c, _: c.of(PM).account_balance()),
    "USD-margined income": (
        MASTER,
        lambda c, b: c.of(PM).get_um_income_history(limit=1000, **b.window),
    ),
    "coin-margined income": (
        MASTER,
        lambda c, b: c.of(PM).get_cm_income_history(limit=1000, **b.window),
    ),
    "fills": (MASTER, lambda c, _: c.of(PM).margin_account_trade_list("BTCUSDT", from_id=0)),
    "loans": (
        MASTER,
        lambda c, b: c.of(PM).query_margin_loan_record("USDT", size=100, **b.window),
    ),
    "repayments": (
        MASTER,
        lambda c, b: c.of(PM).query_margin_repay_record("USDT", size=100, **b.window),
    ),
    "interest": (
        MASTER,
        lambda c, b: c.of(PM).get_margin_borrow_loan_interest_history(size=100, **b.window),
    ),
    "interest on negative balances": (
        MASTER,
        lambda c, b: c.of(PM).query_portfolio_margin_negative_balance_interest_history(
            size=100, **b.window
        ),
    ),
    "exchanges of negative balances": (
        MASTER,
        lambda c, b: c.of(PM).query_user_negative_balance_auto_exchange_record(**b.window),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    told = binance.read_whole(*CALLS[name], caplog)
    assert told["rows"] if isinstance(told, dict) and name == "interest" else told


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {(face.method, face.path) for face in portfolio.FACES}
