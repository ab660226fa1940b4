"""Writes the deposits and withdrawals of an emulated account."""

from datetime import datetime, timedelta
from decimal import Decimal

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.history import after_closing
from coinfrs_pipelines.emulator.binance.market import ASSETS
from coinfrs_pipelines.emulator.binance.records import Deposit, Hold, Withdrawal

DEPOSITED = ("USDT", "USDC", "BTC", "ETH", "SOL", "XRP", "LTC")
WITHDRAWAL_MILLISECONDS_MAX = 30_000_000


class Capital:
    """Deposits to and withdrawals from the outside."""

    def __init__(self, draft: Draft, trading: Trading) -> None:
        self._draft = draft
        self._trading = trading

    def open(self, account: Account, wallet: str, coin: str, amount: Decimal, at: datetime) -> None:
        """Deposit what an account has when its world starts."""
        minutes = self._draft.rng.randint(1, 40)
        credited = after_closing(at + timedelta(minutes=minutes))
        self._book(self._deposit(account, wallet, coin, amount, at, credited, credited))

    def deposit(self, account: Account, at: datetime) -> None:
        """Deposit something: sometimes dust, sometimes credited with status 6, seldom rejected."""
        rng = self._draft.rng
        coin = rng.choice(DEPOSITED)
        wallet = "funding" if self._draft.chance(30) else "spot"
        if self._draft.chance(12):
            amount = Decimal(rng.randint(1, 999_999)).scaleb(-12)
        else:
            worth = Decimal(rng.randint(2_000, 900_000)) / 100
            amount = (worth / self._trading.price(coin)).quantize(STEP)
        credited = after_closing(at + timedelta(milliseconds=rng.randint(20_000, 7_200_000)))
        unlocked = credited + timedelta(milliseconds=rng.choice((0, 0, 0, 0, 5_400_000)))
        is_rejected = self._draft.chance(4)
        self._book(
            self._deposit(
                account, wallet, coin, amount, at, None if is_rejected else credited, unlocked
            )
        )

    def _deposit(
        self,
        account: Account,
        wallet: str,
        coin: str,
        amount: Decimal,
        inserted_at: datetime,
        credited_at: datetime | None,
        unlocked_at: datetime,
    ) -> Deposit:
        return Deposit(
            uid=account.uid,
            wallet=wallet,
            record_id=self._draft.numbers.deposit(),
            coin=coin,
            network=ASSETS[coin].network,
            amount=amount,
            tx_id=self._draft.numbers.text(64),
            confirmations=ASSETS[coin].confirmations,
            inserted_at=inserted_at,
            credited_at=credited_at,
            unlocked_at=unlocked_at,
        )

    def _book(self, deposit: Deposit) -> None:
        self._draft.history.deposits.append(deposit)
        if deposit.credited_at is not None:
            self._draft.at(deposit.credited_at, lambda at: self._credit(deposit, at))

    def _credit(self, deposit: Deposit, at: datetime) -> None:
        uid, wallet, coin = deposit.uid, deposit.wallet, deposit.coin
        self._draft.balances.add(uid, wallet, coin, deposit.amount)
        if self._draft.options.freezes and deposit.unlocked_at > at:
            self._draft.hold(
                Hold(uid, wallet, coin, deposit.amount, at, deposit.unlocked_at, "freeze")
            )

    def withdraw(self, account: Account, at: datetime) -> None:
        """Apply for a withdrawal, gone minutes to hours later, or cancelled in some worlds."""
        rng = self._draft.rng
        wallet = "funding" if self._draft.chance(30) else "spot"
        coin = self._draft.choose_held(account.uid, wallet)
        # What is not listed cannot leave: there is no network for it.
        if coin is None or coin not in ASSETS:
            return
        fee = ASSETS[coin].withdrawal_fee
        free = self._draft.balances.free(account.uid, wallet, coin)
        amount = part_of(rng, free - fee, 1, 30)
        if amount <= NOTHING:
            return
        processed = at + timedelta(seconds=rng.randint(20, 100))
        wait = timedelta(milliseconds=rng.randint(60_000, WITHDRAWAL_MILLISECONDS_MAX))
        withdrawal = Withdrawal(
            uid=account.uid,
            wallet=wallet,
            record_id=self._draft.numbers.text(32),
            coin=coin,
            network=ASSETS[coin].network,
            amount=amount,
            fee=fee,
            tx_id=self._draft.numbers.text(64),
            applied_at=at,
            processed_at=processed,
            ended_at=after_closing(processed + wait),
            is_cancelled=self._draft.options.cancelled_withdrawals and self._draft.chance(30),
        )
        self._draft.history.withdrawals.append(withdrawal)
        self._draft.balances.add(account.uid, wallet, coin, -withdrawal.debit)
        if withdrawal.is_cancelled:
            self._draft.at(
                withdrawal.ended_at,
                lambda _: self._draft.balances.add(account.uid, wallet, coin, withdrawal.debit),
            )
