"""The official Binance clients parse every face of fiat, Pay and trades between users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from binance_common.utils import send_request
from binance_sdk_c2c.c2c import C2C
from binance_sdk_c2c.rest_api.models import GetC2CTradeHistoryResponse
from binance_sdk_fiat.fiat import Fiat
from binance_sdk_pay.pay import Pay

from coinfrs_pipelines.emulator.binance.faces import payments

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance, Clients

MASTER = 0


def trades_with_users(clients: Clients, side: str) -> Any:
    """Ask as the official client does, and signed: its own method (5.6.0) leaves that out."""
    client = clients.of(C2C)
    return send_request(
        client._session,  # noqa: SLF001  # There is no other way in.
        client.configuration,
        "GET",
        "/sapi/v1/c2c/orderMatch/listUserOrderHistory",
        payload={"trade_type": side},
        response_model=GetC2CTradeHistoryResponse,
        is_signed=True,
    )


CALLS: dict[str, tuple[int, Ask]] = {
    "fiat deposits": (
        MASTER,
        lambda c, _: c.of(Fiat).get_fiat_deposit_withdraw_history("0", rows=500),
    ),
    "fiat purchases": (MASTER, lambda c, _: c.of(Fiat).get_fiat_payments_history("0", rows=500)),
    "payments": (MASTER, lambda c, b: c.of(Pay).get_pay_trade_history(**b.window)),
    "purchases from users": (MASTER, lambda c, _: trades_with_users(c, "BUY")),
    "sales to users": (MASTER, lambda c, _: trades_with_users(c, "SELL")),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert binance.read_whole(*CALLS[name], caplog)["data"]


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {(face.method, face.path) for face in payments.FACES}
