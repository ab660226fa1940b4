"""The official client of spot parses what smart order routing allocated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from binance_sdk_spot.spot import Spot

from coinfrs_pipelines.emulator.binance.authoring.allocations import ROUTED
from coinfrs_pipelines.emulator.binance.faces import allocations

if TYPE_CHECKING:
    import pytest

    from tests.contract.conftest import Ask, Binance

MASTER = 0


def ask(symbol: str) -> Ask:
    return lambda c, _: c.of(Spot).my_allocations(symbol, from_allocation_id=0, limit=1000)


def test_the_official_client_reads_allocations_into_its_own_types(
    binance: Binance, caplog: pytest.LogCaptureFixture
) -> None:
    assert any(
        binance.read_whole(account, ask(symbol), caplog)
        for account in range(3)
        for symbol in ROUTED
    )


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    calls = {symbol: (MASTER, ask(symbol)) for symbol in ROUTED}
    assert binance.asked_by(calls) == {(face.method, face.path) for face in allocations.FACES}
