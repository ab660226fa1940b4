"""Writes what the venue pays into the spot wallet of an emulated account, or is paid out of it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

Step = Callable[[Account, datetime], None]

# What is paid, and what for. The last is no coin of the exchange, as new ones are before listing.
DIVIDENDS = (
    ("BNB", "BNB Vault"),
    ("SOL", "Launchpool"),
    ("ETH", "Locked Staking"),
    ("BTC", "Simple Earn Rewards"),
    ("BHFT", "BHFT distribution"),
)
# An airdrop goes to every account at once.
AIRDROP_HOUR, AIRDROP_PERCENT = 8, 40
# Rebates come once a day, some of them equal in every field.
REBATE_HOUR, REBATE_PERCENT = 7, 60
COMMISSION_REBATE, REFERRAL_KICKBACK = 1, 2
CLOUD_MINING_PAYMENT, CLOUD_MINING_REFUND = 248, 249


class Wallet:
    """Dividends (airdrops, rewards and corrections), rebates of a master, and cloud mining."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], trading: Trading) -> None:
        self._draft, self._accounts, self._trading = draft, accounts, trading

    def open(self, start: datetime) -> None:
        """Begin with nothing of its own."""

    def plan_day(self, day: datetime, number: int, _last: int) -> None:
        """Give an airdrop on some days and rebates on others; the master mines on the first."""
        if number == 0:
            self._draft.at(day + timedelta(hours=13), partial(self._mine, self._accounts[0]))
        if self._draft.chance(REBATE_PERCENT):
            self._draft.at(day + timedelta(hours=REBATE_HOUR, seconds=1), self._rebates)
        if self._draft.chance(AIRDROP_PERCENT):
            self._draft.at(day + timedelta(hours=AIRDROP_HOUR), self._airdrop)

    def chances(self, _: Account) -> Sequence[tuple[Step, int]]:
        """Pay a reward, take a part of one back, pay for cloud mining."""
        return ((self._reward, 3), (self._correct, 1), (self._mine, 2))

    def _airdrop(self, at: datetime) -> None:
        """Pay two assets to everybody at once: the rows of one payment share their tranId."""
        for account in self._accounts:
            tran_id = self._draft.numbers.of("dividend_payments", 2_968_885_920)
            for asset, info in self._draft.rng.sample(DIVIDENDS, 2):
                self._pay(account, at, asset, info, self._some(), tran_id)

    def _reward(self, account: Account, at: datetime) -> None:
        asset, info = self._draft.rng.choice(DIVIDENDS)
        tran_id = self._draft.numbers.of("dividend_payments", 2_968_885_920)
        self._pay(account, at, asset, info, self._some(), tran_id)

    def _some(self) -> Decimal:
        """Return a small amount, with more decimals than the venue shows elsewhere."""
        return Decimal(self._draft.rng.randint(1, 9 * 10**10)).scaleb(-12)

    def _correct(self, account: Account, at: datetime) -> None:
        asset, info = self._draft.rng.choice(DIVIDENDS)
        free = self._draft.balances.free(account.uid, "spot", asset)
        amount = part_of(self._draft.rng, free, 1, 2)
        if amount > NOTHING:
            tran_id = self._draft.numbers.of("dividend_payments", 2_968_885_920)
            self._pay(account, at, asset, info, -amount, tran_id)

    def _pay(
        self, account: Account, at: datetime, asset: str, info: str, amount: Decimal, tran_id: int
    ) -> None:
        record_id = str(self._draft.numbers.of("dividends", 1_637_366_104))
        fields = {"asset": asset, "info": info, "amount": amount, "tran_id": tran_id}
        verb = "was paid" if amount > NOTHING else "gave back"
        label = f"{account.uid} {verb} {amount.copy_abs():f} {asset} for {info}"
        legs = (Leg(cell(account.uid, "spot", asset), amount, at),)
        self._draft.book(Movement("dividends", account.uid, record_id, at, legs, fields, label))

    def _rebates(self, at: datetime) -> None:
        """Pay the master for the trades of others: two of the rebates cannot be told apart."""
        master = self._accounts[0]
        for rebate_type in (COMMISSION_REBATE, REFERRAL_KICKBACK):
            amount = self._some()
            for _ in range(rebate_type):
                record_id = str(self._draft.numbers.of("rebates"))
                fields = {"asset": "USDT", "type": rebate_type, "amount": amount}
                label = f"{master.uid} was paid a rebate of {amount:f} USDT"
                legs = (Leg(cell(master.uid, "spot", "USDT"), amount, at),)
                self._draft.book(
                    Movement("rebates", master.uid, record_id, at, legs, fields, label)
                )

    def _mine(self, account: Account, at: datetime) -> None:
        """Pay for hashrate, and be paid back a part of it in some cases."""
        wallet = self._draft.options.cloud_mining_wallet
        free = self._draft.balances.free(account.uid, wallet, "USDT")
        amount = part_of(self._draft.rng, free, 1, 2)
        if amount <= NOTHING:
            return
        self._book_mining(account, at, CLOUD_MINING_PAYMENT, -amount)
        if self._draft.chance(40):
            back = part_of(self._draft.rng, amount, 5, 20)
            later = after_closing(at + timedelta(minutes=self._draft.rng.randint(5, 1_500)))
            self._draft.at(
                later, lambda then: self._book_mining(account, then, CLOUD_MINING_REFUND, back)
            )

    def _book_mining(self, account: Account, at: datetime, kind: int, amount: Decimal) -> None:
        record_id = str(self._draft.numbers.transfer())
        wallet = self._draft.options.cloud_mining_wallet
        fields = {"asset": "USDT", "type": kind, "amount": amount.copy_abs()}
        verb = "paid" if amount < NOTHING else "was paid back"
        label = f"{account.uid} {verb} {amount.copy_abs():f} USDT for cloud mining"
        legs = (Leg(cell(account.uid, wallet, "USDT"), amount, at),)
        self._draft.book(Movement("cloud_mining", account.uid, record_id, at, legs, fields, label))
