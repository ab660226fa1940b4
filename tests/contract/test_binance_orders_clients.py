"""The official client of spot parses orders, and the matches that were prevented of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from binance_sdk_spot.spot import Spot

from coinfrs_pipelines.emulator.binance.authoring.prevented import NAMES
from coinfrs_pipelines.emulator.binance.faces import orders

if TYPE_CHECKING:
    import pytest

    from tests.contract.conftest import Ask, Binance

MASTER = 0


def ask(symbol: str) -> Ask:
    return lambda c, _: c.of(Spot).all_orders(symbol, order_id=1, limit=1000)


def ask_of(symbol: str, order_id: int) -> Ask:
    return lambda c, _: c.of(Spot).my_prevented_matches(symbol, order_id=order_id, limit=1000)


def test_the_official_client_reads_orders_and_what_was_prevented_of_them(
    binance: Binance, caplog: pytest.LogCaptureFixture
) -> None:
    told = [order for symbol in NAMES for order in binance.read_whole(MASTER, ask(symbol), caplog)]
    prevented = [order for order in told if "preventedMatchId" in order]
    assert prevented
    for order in prevented:
        # Its type knows the maker's quantity alone; the FAQ of the venue names both.
        clients = binance.family[MASTER]
        matches = ask_of(order["symbol"], order["orderId"])(clients, binance).data()
        assert [match.prevented_match_id for match in matches] == [
            match["preventedMatchId"] for match in clients.wire
        ]
        assert matches[-1].prevented_match_id == order["preventedMatchId"]


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    calls = {symbol: (MASTER, ask(symbol)) for symbol in NAMES}
    calls["matches"] = (MASTER, ask_of("BTCUSDT", 1))
    assert binance.asked_by(calls) == {(face.method, face.path) for face in orders.FACES}
