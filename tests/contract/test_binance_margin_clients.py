"""The official Binance client parses every face of cross and isolated margin without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from binance_sdk_margin_trading.margin_trading import MarginTrading

from coinfrs_pipelines.emulator.binance.faces import margin, margin_accounts

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER, SUB, OTHERS = 0, 1, 2
PAIR = "ETHUSDT"
LISTS: dict[str, tuple[int, Ask]] = {
    "capital flow of cross margin": (
        MASTER,
        lambda c, b: c.of(MarginTrading).query_cross_isolated_margin_capital_flow(
            limit=1000, **b.window
        ),
    ),
    "capital flow of a pair": (
        MASTER,
        lambda c, b: c.of(MarginTrading).query_cross_isolated_margin_capital_flow(
            symbol=PAIR, **b.window
        ),
    ),
    "capital flow of a sub-account by id": (
        SUB,
        lambda c, b: c.of(MarginTrading).query_cross_isolated_margin_capital_flow(
            from_id=1, type="TRANSFER", **b.window
        ),
    ),
}
PAGES: dict[str, tuple[int, Ask]] = {
    "loans": (
        SUB,
        lambda c, b: c.of(MarginTrading).query_borrow_repay_records_in_margin_account(
            "BORROW", size=100, **b.window
        ),
    ),
    "loans of a pair": (
        MASTER,
        lambda c, b: c.of(MarginTrading).query_borrow_repay_records_in_margin_account(
            "BORROW", isolated_symbol=PAIR, **b.window
        ),
    ),
    "repayments": (
        MASTER,
        lambda c, b: c.of(MarginTrading).query_borrow_repay_records_in_margin_account(
            "REPAY", **b.window
        ),
    ),
    "interest": (
        MASTER,
        lambda c, b: c.of(MarginTrading).get_interest_history(size=100, **b.window),
    ),
    "interest of a pair": (
        MASTER,
        lambda c, b: c.of(MarginTrading).get_interest_history(isolated_symbol=PAIR, **b.window),
    ),
    "transfers of cross margin": (
        MASTER,
        lambda c, b: c.of(MarginTrading).get_cross_margin_transfer_history(size=100, **b.window),
    ),
    "transfers of a pair": (
        MASTER,
        lambda c, b: c.of(MarginTrading).get_cross_margin_transfer_history(
            isolated_symbol=PAIR, **b.window
        ),
    ),
    "exchanges of small liabilities": (
        MASTER,
        lambda c, _: c.of(MarginTrading).get_small_liability_exchange_history(1, 100),
    ),
    "repayments after liquidations": (
        MASTER,
        lambda c, b: c.of(MarginTrading).query_liquidation_loan_repay_history(**b.window),
    ),
}
ACCOUNTS: dict[str, tuple[int, Ask]] = {
    "cross margin": (SUB, lambda c, _: c.of(MarginTrading).query_cross_margin_account_details()),
    "isolated margin": (
        MASTER,
        lambda c, _: c.of(MarginTrading).query_isolated_margin_account_info(),
    ),
    "one pair": (
        MASTER,
        lambda c, _: c.of(MarginTrading).query_isolated_margin_account_info(symbols=PAIR),
    ),
}
# What does not happen in every world.
RARE = {"repayments", "exchanges of small liabilities", "repayments after liquidations"}


@pytest.mark.parametrize("name", LISTS)
def test_the_official_client_reads_capital_flow_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert binance.read_whole(*LISTS[name], caplog)


@pytest.mark.parametrize("name", PAGES)
def test_the_official_client_reads_a_page_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    told = binance.read_whole(*PAGES[name], caplog)
    assert told["total"] >= len(told["rows"])
    assert told["rows"] or name in RARE


@pytest.mark.parametrize("name", ACCOUNTS)
def test_the_official_client_reads_what_is_held_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    told = binance.read_whole(*ACCOUNTS[name], caplog)
    assert told.get("userAssets") or told["assets"]


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    asked = binance.asked_by(LISTS | PAGES | ACCOUNTS)
    declared = {*margin.FACES, *margin_accounts.FACES}
    assert asked == {(face.method, face.path) for face in declared}
