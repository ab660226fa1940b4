"""The official clients of what lies outside the exchange of coins parse its faces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from binance_common.errors import BadRequestError
from binance_sdk_sub_account.sub_account import SubAccount
from binance_sdk_wallet.wallet import Wallet

from coinfrs_pipelines.emulator.binance.accounts import invested_in
from coinfrs_pipelines.emulator.binance.faces import outside

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER, DESK, MANAGED = 0, 1, 2


def managed_window(binance: Binance) -> dict[str, int]:
    return {**binance.window, "page": 1, "limit": 500}


CALLS: dict[str, tuple[int, Ask]] = {
    "managed sub-accounts": (
        MASTER,
        lambda c, _: c.of(SubAccount).query_managed_sub_account_list(page=1, limit=20),
    ),
    "transfers of an investor": (
        MASTER,
        lambda c, b: c.of(
            SubAccount
        ).query_managed_sub_account_transfer_log_master_account_investor(
            email=invested_in(b.world.accounts[MASTER]), **managed_window(b)
        ),
    ),
    "transfers of a managed sub-account": (
        MANAGED,
        lambda c, b: c.of(SubAccount).query_managed_sub_account_transfer_log_sub_account_trading(
            **managed_window(b)
        ),
    ),
    "custody": (
        MASTER,
        lambda c, b: c.of(Wallet).query_user_delegation_history(
            email=b.world.accounts[DESK].email, size=100, **b.window
        ),
    ),
}
ROWS_AT = {
    "managed sub-accounts": "managerSubUserInfoVoList",
    "transfers of an investor": "managerSubTransferHistoryVos",
    "transfers of a managed sub-account": "managerSubTransferHistoryVos",
    "custody": "rows",
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: Any = binance.read_whole(*CALLS[name], caplog)
    assert told[ROWS_AT[name]]


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {(face.method, face.path) for face in outside.FACES}


def test_a_sub_account_that_nobody_invests_in_is_refused(binance: Binance) -> None:
    client = binance.family[DESK].of(SubAccount)
    with pytest.raises(BadRequestError, match="no relation"):
        client.query_managed_sub_account_transfer_log_sub_account_trading(**managed_window(binance))
