"""The official client of spot parses orders, and the matches that were prevented of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from binance_sdk_spot.spot import Spot

from coinfrs_pipelines.emulator.binance.authoring.prevented import NAMES
from coinfrs_pipelines.emulator.binance.faces import orders
from tests.contract.conftest import Binance, emulation_of_a_past_world
from tests.venues import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.conftest import Ask

MASTER = 0


@pytest.fixture(scope="module")
def grouped() -> Iterator[Binance]:
    """Run an emulator whose master is of a trade group."""
    with serving(emulation_of_a_past_world(limits_factor=1_000, trade_group=True)) as running:
        made = Binance(running.url, running.emulation)
        yield made
        for clients in made.family:
            clients.close()


def ask(symbol: str) -> Ask:
    return lambda c, _: c.of(Spot).all_orders(symbol, order_id=1, limit=1000)


def ask_of(symbol: str, order_id: int) -> Ask:
    return lambda c, _: c.of(Spot).my_prevented_matches(symbol, order_id=order_id, limit=1000)


def test_the_official_client_reads_orders_and_what_was_prevented_of_them(
    grouped: Binance, caplog: pytest.LogCaptureFixture
) -> None:
    told = [order for symbol in NAMES for order in grouped.read_whole(MASTER, ask(symbol), caplog)]
    prevented = [order for order in told if "preventedMatchId" in order]
    assert prevented
    for order in prevented:
        # Its type knows the maker's quantity alone; the FAQ of the venue names both.
        clients = grouped.family[MASTER]
        matches = ask_of(order["symbol"], order["orderId"])(clients, grouped).data()
        assert [match.prevented_match_id for match in matches] == [
            match["preventedMatchId"] for match in clients.wire
        ]
        assert matches[-1].prevented_match_id == order["preventedMatchId"]


def test_every_face_is_among_those_that_are_read(grouped: Binance) -> None:
    calls = {symbol: (MASTER, ask(symbol)) for symbol in NAMES}
    calls["matches"] = (MASTER, ask_of("BTCUSDT", 1))
    assert grouped.asked_by(calls) == {(face.method, face.path) for face in orders.FACES}
