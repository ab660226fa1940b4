"""The official client of simple earn parses every face of it without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from binance_sdk_simple_earn.simple_earn import SimpleEarn

from coinfrs_pipelines.emulator.binance.faces import earn, earn_rewards, locked_earn

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER, SUB = 0, 1
CALLS: dict[str, tuple[int, Ask]] = {
    "flexible positions": (MASTER, lambda c, _: c.of(SimpleEarn).get_flexible_product_position()),
    "flexible subscriptions": (
        MASTER,
        lambda c, _: c.of(SimpleEarn).get_flexible_subscription_record(size=100),
    ),
    "flexible redemptions": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_flexible_redemption_record(size=100, **b.window),
    ),
    "flexible rewards": (
        SUB,
        lambda c, b: c.of(SimpleEarn).get_flexible_rewards_history(
            type="REALTIME", size=100, **b.window
        ),
    ),
    "collaterals": (MASTER, lambda c, b: c.of(SimpleEarn).get_collateral_record(**b.window)),
    "locked positions": (MASTER, lambda c, _: c.of(SimpleEarn).get_locked_product_position()),
    "locked subscriptions": (
        MASTER,
        lambda c, _: c.of(SimpleEarn).get_locked_subscription_record(size=100),
    ),
    "locked redemptions": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_locked_redemption_record(**b.window),
    ),
}
# What locked positions bring are dividends, of which a world may have none.
LOCKED_REWARDS: dict[str, tuple[int, Ask]] = {
    "locked rewards": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_locked_rewards_history(**b.window),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert binance.read_whole(*CALLS[name], caplog)["rows"]


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    faces = {
        (face.method, face.path)
        for module in (earn.FACES, earn_rewards.FACES, locked_earn.FACES)
        for face in module
    }
    assert binance.asked_by(CALLS | LOCKED_REWARDS) == faces


def test_an_official_client_reads_locked_rewards_into_its_own_types(
    binance: Binance, caplog: pytest.LogCaptureFixture
) -> None:
    binance.read_whole(*LOCKED_REWARDS["locked rewards"], caplog)
