"""The ledger adds up exactly, strictly before the instant asked for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, Inexact

import pytest

from coinfrs_pipelines.emulator.ledger import Cell, Event, Ledger, Leg

START = datetime(2026, 1, 5, tzinfo=UTC)
BTC = Cell("binance", "1", "spot", "BTC")
USDT = Cell("binance", "1", "spot", "USDT")


def event(number: int, *legs: tuple[Cell, str]) -> Event:
    at = START + timedelta(seconds=number)
    return Event(
        f"e{number}", "trade", at, tuple(Leg(cell, Decimal(amount), at) for cell, amount in legs)
    )


def test_a_position_is_what_came_strictly_before() -> None:
    ledger = Ledger([event(2, (BTC, "-1")), event(1, (BTC, "3"))])
    amounts = [ledger.position(BTC, START + timedelta(seconds=n)) for n in range(4)]
    assert amounts == [0, 0, 3, 2]
    assert ledger.position(USDT, START + timedelta(days=1)) == 0


def test_positions_name_every_cell_that_was_touched() -> None:
    ledger = Ledger([event(1, (BTC, "1"), (USDT, "5")), event(2, (BTC, "-1"))])
    assert ledger.positions(START + timedelta(seconds=3)) == {BTC: 0, USDT: 5}
    assert ledger.positions(START) == {}


def test_sums_keep_every_digit() -> None:
    """The default context of 28 digits would round this one silently."""
    ledger = Ledger([event(1, (BTC, "12345678901234567890")), event(2, (BTC, "1E-18"))])
    total = ledger.position(BTC, START + timedelta(seconds=3))
    assert str(total) == "12345678901234567890.000000000000000001"


def test_a_sum_that_cannot_be_kept_is_an_error() -> None:
    with pytest.raises(Inexact):
        Ledger([event(1, (BTC, "1E+60")), event(2, (BTC, "1E-60"))])


def test_net_changes_leave_out_what_cancels() -> None:
    both = Event(
        "w",
        "withdrawal",
        START,
        (
            Leg(BTC, Decimal(-1), START),
            Leg(USDT, Decimal(1), START),
            Leg(USDT, Decimal(-1), START + timedelta(hours=1)),
        ),
    )
    assert both.net_changes() == {BTC: -1}
    assert both.net_changes_between(START, START + timedelta(minutes=1)) == {BTC: -1, USDT: 1}
    assert both.net_changes_between(START + timedelta(minutes=1), START) == {}
