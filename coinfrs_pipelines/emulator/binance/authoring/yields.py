"""Writes what is paid for holding something, by the clock, and on-chain yields.

BFUSD, RWUSD and soft staking pay once a day, soft staking at midnight; an on-chain position pays
every evening until it is redeemed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing, on_the_hour
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

if TYPE_CHECKING:
    from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep

STABLE_REWARDS = {"BFUSD": "bfusd_reward", "RWUSD": "rwusd_reward"}
SOFT_REWARD, SOFTLY_STAKED = "soft_staking_reward", ("BNB", "SOL", "ETH")
SUBSCRIPTION, REDEMPTION = "onchain_subscription", "onchain_redemption"
REWARD = "onchain_reward"
ONCHAIN_ASSETS = ("BTC", "USDT", "SOL", "ETH")
MIDNIGHT, STABLE_HOUR, ONCHAIN_HOUR = 0, 3, 19
FAILED_PERCENT, BOTH_WALLETS_PERCENT, TWINS_PERCENT = 8, 35, 20
DELIVERED_HOURS = (2, 50)


@dataclass
class Position:
    """What an account has in one on-chain product."""

    position_id: str
    asset: str
    amount: Decimal


class Yields:
    """Pays by the clock; subscribes to on-chain yields from spot and funding, and redeems."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _: Trading) -> None:
        self._draft = draft
        self._accounts = accounts
        self._positions: dict[int, list[Position]] = {}

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        """Schedule the payments of the day."""
        for hour, step in (
            (MIDNIGHT, self._pay_soft_staking),
            (STABLE_HOUR, self._pay_stable),
            (ONCHAIN_HOUR, self._pay_onchain),
        ):
            for at in on_the_hour(day, hour):
                self._draft.at(at, step)

    def chances(self, _: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return subscriptions and redemptions."""
        return ((self._subscribe, 2), (self._redeem, 2))

    def _pay_soft_staking(self, at: datetime) -> None:
        """Pay several assets at one instant, now and then in two equal parts."""
        for account in self._accounts:
            for asset in SOFTLY_STAKED:
                held = self._draft.balances.free(account.uid, "spot", asset)
                amount = part_of(self._draft.rng, held / 5_000, 1, 100)
                if amount > NOTHING:
                    told = {"asset": asset, "reward_asset": asset, "held": held}
                    for _ in range(2 if self._draft.chance(TWINS_PERCENT) else 1):
                        self._pay(SOFT_REWARD, account, at, asset, amount, told)

    def _pay_stable(self, at: datetime) -> None:
        for account in self._accounts:
            for asset, kind in STABLE_REWARDS.items():
                held = self._draft.balances.free(account.uid, "spot", asset)
                amount = part_of(self._draft.rng, held / 3_000, 50, 100)
                if amount > NOTHING:
                    self._pay(kind, account, at, asset, amount, {"asset": asset, "held": held})

    def _pay_onchain(self, at: datetime) -> None:
        for account in self._accounts:
            for position in self._positions.get(account.uid, ()):
                amount = part_of(self._draft.rng, position.amount / 2_000, 50, 100)
                if amount > NOTHING:
                    told = {"asset": position.asset, "position_id": position.position_id}
                    self._pay(REWARD, account, at, position.asset, amount, told)

    def _pay(
        self,
        kind: str,
        account: Account,
        at: datetime,
        asset: str,
        amount: Decimal,
        told: Mapping[str, object],
    ) -> None:
        legs = (Leg(cell(account.uid, "spot", asset), amount, at),)
        label = f"{account.uid} was paid {amount:f} {asset} ({kind})"
        number = str(self._draft.numbers.of(kind))
        fields = {**told, "amount": amount}
        self._draft.book(Movement(kind, account.uid, number, at, legs, fields, label))

    def _subscribe(self, account: Account, at: datetime) -> None:
        """Take an asset from spot, from funding or from both."""
        draft, uid = self._draft, account.uid
        asset = draft.rng.choice(ONCHAIN_ASSETS)
        parts = {
            wallet: part_of(draft.rng, draft.balances.free(uid, wallet, asset), 1, 8)
            for wallet in ("spot", "funding")
        }
        if not draft.chance(BOTH_WALLETS_PERCENT):
            parts[draft.rng.choice(("spot", "funding"))] = NOTHING
        amount = sum(parts.values(), NOTHING)
        if amount <= NOTHING:
            return
        is_successful = not draft.chance(FAILED_PERCENT)
        purchase_id = str(draft.numbers.of(SUBSCRIPTION, 26_055))
        position_id = str(draft.numbers.of("onchain_position", 123_123))
        legs = tuple(
            Leg(cell(uid, wallet, asset), -part, at) for wallet, part in parts.items() if part
        )
        draft.book(
            Movement(
                SUBSCRIPTION,
                uid,
                purchase_id,
                at,
                legs if is_successful else (),
                {
                    "asset": asset,
                    "amount": amount,
                    "parts": parts,
                    "position_id": position_id,
                    "final_at": at + timedelta(minutes=draft.rng.choice((0, 0, 0, 90))),
                    "is_successful": is_successful,
                },
                f"{uid} subscribed {amount:f} {asset} to on-chain yields",
            )
        )
        if is_successful:
            self._positions.setdefault(uid, []).append(Position(position_id, asset, amount))

    def _redeem(self, account: Account, at: datetime) -> None:
        """Redeem a whole position; it is paid hours or days later."""
        draft, uid = self._draft, account.uid
        positions = self._positions.get(uid, [])
        if not positions:
            return
        position = positions.pop(draft.rng.randrange(len(positions)))
        hours = draft.rng.randint(*DELIVERED_HOURS)
        delivered_at = after_closing(at + timedelta(hours=hours))
        draft.book(
            Movement(
                REDEMPTION,
                uid,
                str(draft.numbers.of(REDEMPTION, 40_607)),
                at,
                (Leg(cell(uid, "spot", position.asset), position.amount, delivered_at),),
                {
                    "asset": position.asset,
                    "amount": position.amount,
                    "position_id": position.position_id,
                    "delivered_at": delivered_at,
                    "type": draft.rng.choice(("NORMAL", "EARLY")),
                },
                f"{uid} redeemed {position.amount:f} {position.asset} of on-chain yields",
            )
        )
