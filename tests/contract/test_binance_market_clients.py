"""The official clients of the markets beside that of coins parse their faces without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from binance_sdk_nft.nft import NFT
from binance_sdk_stocks.stocks import Stocks

from coinfrs_pipelines.emulator.binance.faces import nft, stocks

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER = 0

CALLS: dict[str, tuple[int, Ask]] = {
    f"collectibles, type {number}": (
        MASTER,
        lambda c, b, number=number: c.of(NFT).get_nft_transaction_history(number, **b.window),
    )
    for number in range(5)
} | {
    "orders of stocks": (
        MASTER,
        lambda c, b: c.of(Stocks).equity_order_history(size=100, **b.window),
    ),
    "conversions of stocks": (
        MASTER,
        lambda c, b: c.of(Stocks).tokenized_convert_history(size=100, **b.window),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert binance.read_whole(*CALLS[name], caplog)


def test_there_are_orders_and_conversions_of_stocks(binance: Binance) -> None:
    client = binance.family[MASTER].of(Stocks)
    assert client.equity_order_history(size=100, **binance.window).data().rows
    assert client.tokenized_convert_history(size=100, **binance.window).data().rows


def test_every_kind_of_order_is_there(binance: Binance) -> None:
    told: list[Any] = [
        row
        for position in range(3)
        for number in range(5)
        for row in binance.family[position]
        .of(NFT)
        .get_nft_transaction_history(number, **binance.window)
        .data()
        .list
    ]
    assert {row.order_no.partition("_")[0] for row in told} == {"0", "1", "2", "3", "4"}


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {
        (face.method, face.path) for face in (*nft.FACES, *stocks.FACES)
    }
