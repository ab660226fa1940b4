"""The official Binance clients parse every face of the wallet family without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from binance_sdk_convert.convert import Convert
from binance_sdk_rebate.rebate import Rebate
from binance_sdk_wallet.wallet import Wallet

from coinfrs_pipelines.emulator.binance.faces import wallet

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER = 0
CALLS: dict[str, tuple[int, Ask]] = {
    "dividends": (
        MASTER,
        lambda c, b: c.of(Wallet).asset_dividend_record(limit=500, **b.window),
    ),
    "dust": (MASTER, lambda c, _: c.of(Wallet).dustlog("SPOT")),
    "conversions": (
        MASTER,
        lambda c, b: c.of(Convert).get_convert_trade_history(limit=1000, **b.window),
    ),
    "rebates": (
        MASTER,
        lambda c, b: c.of(Rebate).get_spot_rebate_history_records(**b.window),
    ),
    "cloud mining": (
        MASTER,
        lambda c, b: c.of(Wallet).get_cloud_mining_payment_and_refund_history(**b.window),
    ),
}
ROWS_AT: dict[str, tuple[str, ...]] = {
    "dividends": ("rows",),
    "dust": ("userAssetDribblets",),
    "conversions": ("list",),
    "rebates": ("data", "data"),
    "cloud mining": ("rows",),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    rows: Any = binance.read_whole(*CALLS[name], caplog)
    for key in ROWS_AT[name]:
        rows = rows[key]
    assert rows


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {(face.method, face.path) for face in wallet.FACES}
