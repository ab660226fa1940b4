"""The official Binance clients parse every face of staking, yields and loans without complaint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from binance_sdk_crypto_loan.crypto_loan import CryptoLoan
from binance_sdk_dual_investment.dual_investment import DualInvestment
from binance_sdk_simple_earn.simple_earn import SimpleEarn
from binance_sdk_staking.staking import Staking
from binance_sdk_vip_loan.vip_loan import VipLoan

from coinfrs_pipelines.emulator.binance.faces import dual_investments, loans, staking, yields

if TYPE_CHECKING:
    from tests.contract.conftest import Ask, Binance

MASTER = 0
CALLS: dict[str, tuple[int, Ask]] = {
    "eth stakings": (MASTER, lambda c, b: c.of(Staking).get_eth_staking_history(**b.window)),
    "eth redemptions": (
        MASTER,
        lambda c, b: c.of(Staking).get_eth_redemption_history(**b.window),
    ),
    "wraps": (MASTER, lambda c, b: c.of(Staking).get_wbeth_wrap_history(**b.window)),
    "unwraps": (MASTER, lambda c, b: c.of(Staking).get_wbeth_unwrap_history(**b.window)),
    "sol stakings": (MASTER, lambda c, b: c.of(Staking).get_sol_staking_history(**b.window)),
    "sol redemptions": (
        MASTER,
        lambda c, b: c.of(Staking).get_sol_redemption_history(**b.window),
    ),
    "boost rewards": (
        MASTER,
        lambda c, b: c.of(Staking).get_boost_rewards_history(type="CLAIM", **b.window),
    ),
    "bfusd subscriptions": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_bfusd_subscription_history(asset="USDT", **b.window),
    ),
    "bfusd redemptions": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_bfusd_redemption_history(**b.window),
    ),
    "bfusd rewards": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_bfusd_rewards_history(**b.window),
    ),
    "rwusd subscriptions": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_rwusd_subscription_history(**b.window),
    ),
    "rwusd redemptions": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_rwusd_redemption_history(**b.window),
    ),
    "rwusd rewards": (
        MASTER,
        lambda c, b: c.of(SimpleEarn).get_rwusd_rewards_history(**b.window),
    ),
    "soft staking rewards": (
        MASTER,
        lambda c, b: c.of(Staking).get_soft_staking_rewards_history(**b.window),
    ),
    "on-chain subscriptions": (
        MASTER,
        lambda c, b: c.of(Staking).get_on_chain_yields_locked_subscription_record(**b.window),
    ),
    "on-chain redemptions": (
        MASTER,
        lambda c, b: c.of(Staking).get_on_chain_yields_locked_redemption_record(**b.window),
    ),
    "on-chain rewards": (
        MASTER,
        lambda c, b: c.of(Staking).get_on_chain_yields_locked_rewards_history(**b.window),
    ),
    "dual investments": (
        MASTER,
        lambda c, _: c.of(DualInvestment).get_dual_investment_positions(page_size=100),
    ),
    "flexible borrows": (
        MASTER,
        lambda c, b: c.of(CryptoLoan).get_flexible_loan_borrow_history(**b.window),
    ),
    "flexible repays": (
        MASTER,
        lambda c, b: c.of(CryptoLoan).get_flexible_loan_repayment_history(**b.window),
    ),
    "flexible adjustments": (
        MASTER,
        lambda c, b: c.of(CryptoLoan).get_flexible_loan_ltv_adjustment_history(**b.window),
    ),
    "flexible liquidations": (
        MASTER,
        lambda c, b: c.of(CryptoLoan).get_flexible_loan_liquidation_history(**b.window),
    ),
    "vip applications": (
        MASTER,
        lambda c, _: c.of(VipLoan).query_application_status(limit=100),
    ),
    "vip repays": (
        MASTER,
        lambda c, b: c.of(VipLoan).get_vip_loan_repayment_history(**b.window),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_official_client_reads_the_face_into_its_own_types(
    binance: Binance, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = binance.read_whole(*CALLS[name], caplog)
    assert answer["total"] >= len(answer["list" if name == "dual investments" else "rows"])


def test_every_face_is_among_those_that_are_read(binance: Binance) -> None:
    assert binance.asked_by(CALLS) == {
        (face.method, face.path)
        for face in (*staking.FACES, *yields.FACES, *dual_investments.FACES, *loans.FACES)
    }
