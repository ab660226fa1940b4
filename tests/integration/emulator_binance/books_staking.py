"""What the faces of staking, yields and loans tell; those of spot and funding show it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections import defaultdict
    from datetime import datetime

    from tests.integration.emulator_binance.conftest import Venue

    Books = defaultdict[tuple[str, str, str, str], Decimal]
    Credential = dict[str, str]

GIVEN, RECEIVED = ("asset", "amount"), ("distributeAsset", "distributeAmount")
STABLE = ("receiveAsset", "receiveAmount")
WRAPPED, INTO = ("fromAsset", "fromAmount"), ("toAsset", "toAmount")
ETH, SOL = "/sapi/v1/eth-staking", "/sapi/v1/sol-staking/sol/history"
BFUSD, RWUSD = "/sapi/v1/bfusd/history", "/sapi/v1/rwusd/history"
ONCHAIN = "/sapi/v1/onchain-yields/locked/history"
AT_ONCE = (
    (f"{ETH}/eth/history/stakingHistory", GIVEN, RECEIVED),
    (f"{ETH}/wbeth/history/wrapHistory", WRAPPED, INTO),
    (f"{ETH}/wbeth/history/unwrapHistory", WRAPPED, INTO),
    (f"{SOL}/stakingHistory", GIVEN, RECEIVED),
    (f"{BFUSD}/subscriptionHistory", GIVEN, STABLE),
    (f"{RWUSD}/subscriptionHistory", GIVEN, STABLE),
)
REDEEMED = (
    (f"{ETH}/eth/history/redemptionHistory", GIVEN, RECEIVED),
    (f"{SOL}/redemptionHistory", GIVEN, RECEIVED),
    (f"{BFUSD}/redemptionHistory", GIVEN, STABLE),
    (f"{RWUSD}/redemptionHistory", GIVEN, STABLE),
)
BOOSTED = f"{SOL}/boostRewardsHistory"
PAID = (
    (BOOSTED, "token", "amount"),
    (f"{BFUSD}/rewardsHistory", "rewardAsset", "rewardsAmount"),
    (f"{RWUSD}/rewardsHistory", "asset", "rewardsAmount"),
    ("/sapi/v1/soft-staking/history/rewardsRecord", "rewardAsset", "rewards"),
    (f"{ONCHAIN}/rewardsRecord", "asset", "amount"),
)
SOURCES = {
    "SPOT": {"spot": "amount"},
    "FUNDING": {"funding": "amount"},
    "SPOTANDFUNDING": {"spot": "amtFromSpot", "funding": "amtFromFunding"},
}


DUAL = "/sapi/v1/dci/product/positions"
INVESTED = {"PURCHASE_SUCCESS", "REFUNDING", "REFUND_SUCCESS"}
OPEN = {"PENDING", "PURCHASING", "PROCESSING", "REPAYING"}
LENT = "Accruing_Interest"
DONE = {"SUCCESS", "SUCCEEDS", "REPAID"}
FLEXIBLE, VIP = "/sapi/v2/loan/flexible", "/sapi/v1/loan/vip/repay/history"
BORROWS, REPAYS = f"{FLEXIBLE}/borrow/history", f"{FLEXIBLE}/repay/history"
ADJUSTMENTS = f"{FLEXIBLE}/ltv/adjustment/history"
LIQUIDATIONS = f"{FLEXIBLE}/liquidation/history"
VIP_APPLICATIONS = "/sapi/v1/loan/vip/request/data"
LOANS = (
    (BORROWS, ("loanCoin", "initialLoanAmount", "borrowTime"), 1, "status"),
    (REPAYS, ("loanCoin", "repayAmount", "repayTime"), -1, "repayStatus"),
    (VIP, ("loanCoin", "repayAmount", "repayTime"), -1, "repayStatus"),
)
COLLATERAL = {BORROWS: "initialCollateralAmount", REPAYS: "collateralReturn"}


def shown(books: Books, venue: Venue, key: Credential) -> None:
    """Leave it to the books of spot."""


def told(books: Books, venue: Venue, key: Credential, now: datetime) -> None:
    history = History(books, venue, key, now)
    for path, given, received in AT_ONCE:
        for row in history.rows(path):
            if history.has_moved(row):
                history.add(row, given, -1)
                history.add(row, received, 1)
    for path, given, received in REDEEMED:
        for row in history.rows(path):
            history.add(row, received, 1 if row["status"] == "SUCCESS" else 0)
            history.add(row, given, -1 if history.has_moved(row) else 0)
    for path, asset, amount in PAID:
        for row in history.rows(path, **({"type": "CLAIM"} if path == BOOSTED else {})):
            history.add({"asset": "RWUSD", **row}, (asset, amount), 1)
    _add_onchain(history)
    _add_dual_investments(history)
    _add_loans(history)


def _add_onchain(history: History) -> None:
    for row in history.rows(f"{ONCHAIN}/subscriptionRecord"):
        if history.has_moved(row):
            for wallet, amount in SOURCES[row["sourceAccount"]].items():
                history.add(row, ("asset", amount), -1, wallet)
    for row in history.rows(f"{ONCHAIN}/redemptionRecord"):
        history.add(row, ("asset", "amount"), 1 if row["status"] == "PAID" else 0)


def _add_dual_investments(history: History) -> None:
    """Add what was invested and refunded; nothing is settled in a world without that option."""
    answer = history.venue.read(DUAL, history.key, pageSize=100)
    assert len(answer["list"]) == answer["total"]
    for row in answer["list"]:
        if row["purchaseStatus"] in INVESTED or history.will_succeed(row["subscriptionTime"]):
            history.add(row, ("investCoin", "subscriptionAmount"), -1)
        if row["purchaseStatus"] == "REFUND_SUCCESS":
            history.add(row, ("investCoin", "subscriptionAmount"), 1)


def _add_loans(history: History) -> None:
    for path, loan, sign, status in LOANS:
        for row in history.rows(path, size_name="limit"):
            if history.has_moved({**row, "status": row[status], "time": int(row[loan[2]])}):
                history.add(row, loan[:2], sign)
                if path != VIP:
                    history.add(row, ("collateralCoin", COLLATERAL[path]), -sign)
    for row in history.rows(ADJUSTMENTS, size_name="limit"):
        sign = -1 if row["direction"] == "ADDITIONAL" else 1
        history.add(row, ("collateralCoin", "collateralAmount"), sign)
    for row in history.rows(LIQUIDATIONS, size_name="limit"):
        history.add(row, ("collateralCoin", "returnCollateralAmount"), 1)
    for row in history.rows(VIP_APPLICATIONS, size_name="limit"):
        history.add(row, ("loanCoin", "loanAmount"), 1 if row["status"] == LENT else 0)


class History:
    """One account's rows, and the books that they are added to."""

    def __init__(self, books: Books, venue: Venue, key: Credential, now: datetime) -> None:
        self.books, self.venue, self.key, self.now = books, venue, key, now

    def rows(self, path: str, size_name: str = "size", **given: str) -> list[dict[str, Any]]:
        start = int((self.now - timedelta(days=20)).timestamp()) * 1_000
        end = int(self.now.timestamp() * 1_000)
        window = {"startTime": start, "endTime": end, size_name: 100}
        answer = self.venue.read(path, self.key, **window, **given)
        assert len(answer["rows"]) == answer["total"]
        return list(answer["rows"])

    def add(
        self, row: dict[str, Any], fields: tuple[str, str], sign: int, wallet: str = "spot"
    ) -> None:
        asset, amount = fields
        place = (self.key["account_ref"], wallet, row[asset], "balance")
        self.books[place] += sign * Decimal(row[amount])

    def has_moved(self, row: dict[str, Any]) -> bool:
        """Return whether a record took its part: what is pending has, unless it will fail."""
        if row["status"].upper() not in OPEN:
            return row["status"].upper() in DONE
        return self.will_succeed(row["time"])

    def will_succeed(self, at: int) -> bool:
        """Ask the history how what happened then ends, because no face tells it."""
        world = self.venue.emulation.world_of(self.key["api_key"])
        assert world is not None
        return any(
            movement.fields["is_successful"]
            for movement in world.binance.history.movements
            if str(movement.uid) == self.key["account_ref"]
            and "is_successful" in movement.fields
            and int(movement.at.timestamp() * 1_000) == at
        )
