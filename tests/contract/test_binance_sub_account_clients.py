"""The official client of sub-accounts parses what a master is shown of theirs without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from binance_common.errors import BadRequestError
from binance_sdk_sub_account.sub_account import SubAccount

from coinfrs_pipelines.emulator.binance.faces import sub_accounts

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER = 0


def email(binance: Binance, number: int = 1) -> str:
    return str(binance.world.accounts[number].email)


CALLS: dict[str, tuple[int, Ask]] = {
    "spot": (
        MASTER,
        lambda c, b: c.of(SubAccount).query_sub_account_assets_asset_management(email(b)),
    ),
    "cross margin": (
        MASTER,
        lambda c, b: c.of(SubAccount).get_detail_on_sub_accounts_margin_account(email(b)),
    ),
    "USD-margined futures": (
        MASTER,
        lambda c, b: c.of(SubAccount).get_detail_on_sub_accounts_futures_account_v2(email(b), 1),
    ),
    "coin-margined futures": (
        MASTER,
        lambda c, b: c.of(SubAccount).get_detail_on_sub_accounts_futures_account_v2(email(b), 2),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert binance.read_whole(*CALLS[name], caplog)


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {(face.method, face.path) for face in sub_accounts.FACES}


def test_a_wallet_that_a_sub_account_never_opened_is_refused(binance: Binance) -> None:
    client = binance.family[MASTER].of(SubAccount)
    never_opened = email(binance, 2)
    with pytest.raises(BadRequestError, match="does not exist"):
        client.get_detail_on_sub_accounts_margin_account(never_opened)
    with pytest.raises(BadRequestError, match="does not exist"):
        client.get_detail_on_sub_accounts_futures_account_v2(never_opened, 1)
