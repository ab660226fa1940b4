"""What can happen in a margin wallet of an emulated account, one booking at a time.

Who does what and when stands in `margin.py`. Each booking is one transaction of the venue, told by
capital flow, and where a loan changes by the list of loans and repayments too.
"""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, STEP
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.orders import COMMISSION_RATE, Trading
from coinfrs_pipelines.emulator.binance.margin_records import (
    CROSS_MARGIN,
    HOURLY_RATE,
    ON_NEGATIVE,
    PORTFOLIO_MARGIN,
    Charge,
    Loan,
)
from coinfrs_pipelines.emulator.binance.market import ASSETS, Symbol
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.ledger import Leg

FIRST_INTEREST = 1_352_286_576_452_864_727

# Type of capital flow, asset, signed amount.
Row = tuple[str, str, Decimal]


class MarginLedger:
    """Books what happens in margin wallets now, at the instant of the draft's step."""

    def __init__(self, draft: Draft, trading: Trading) -> None:
        self._draft = draft
        self._trading = trading

    def free(self, account: Account, wallet: str, asset: str) -> Decimal:
        """Return what is free of an asset."""
        return self._draft.balances.free(account.uid, wallet, asset)

    def owed(self, account: Account, wallet: str, asset: str) -> tuple[Decimal, Decimal]:
        """Return the loan and the interest that are owed of an asset."""
        free = self._draft.balances.free
        return (
            free(account.uid, wallet, asset, component="loan"),
            free(account.uid, wallet, asset, component="interest"),
        )

    def debts(self, account: Account, wallet: str) -> list[str]:
        """Return the assets of which the wallet owes something."""
        held = self._draft.balances.held
        loans, interest = (
            held(account.uid, wallet, component=part) for part in ("loan", "interest")
        )
        return list(dict.fromkeys([*loans, *interest]))

    def room(self, account: Account, wallet: str) -> Decimal:
        """Return what may still be borrowed or taken out, in USDT: a third of what is owned."""
        owned = sum(
            (
                self.free(account, wallet, asset) * self._trading.price(asset)
                for asset in self._draft.balances.held(account.uid, wallet)
                if asset in ASSETS
            ),
            NOTHING,
        )
        owes = sum(
            (
                sum(self.owed(account, wallet, asset)) * self._trading.price(asset)
                for asset in self.debts(account, wallet)
            ),
            NOTHING,
        )
        return max(owned / 3 - owes, NOTHING)

    def borrow(
        self, account: Account, wallet: str, asset: str, amount: Decimal, initiator: str
    ) -> None:
        """Take a loan, on which the first interest is charged at once."""
        rows = [("BORROW", asset, amount)]
        loan = Loan("BORROW", asset, amount, NOTHING, initiator)
        self.book(account, wallet, rows, f"borrowed {amount:f} {asset}", loan=loan)
        self.charge(account, wallet, [asset], "ON_BORROW")

    def fail_to_borrow(self, account: Account, wallet: str, asset: str, amount: Decimal) -> None:
        """Ask for a loan that is refused."""
        loan = Loan("BORROW", asset, amount, NOTHING, "MANUAL", is_confirmed=False)
        self.book(account, wallet, [], f"failed to borrow {amount:f} {asset}", loan=loan)

    def repay(
        self, account: Account, wallet: str, asset: str, amount: Decimal, initiator: str
    ) -> None:
        """Repay up to an amount, the interest first."""
        loan = self.repayment(account, wallet, asset, amount, initiator)
        paid = loan.principal + loan.interest
        if paid > NOTHING:
            rows = [("REPAY", asset, -paid)]
            self.book(account, wallet, rows, f"repaid {paid:f} {asset}", loan=loan)

    def repayment(
        self, account: Account, wallet: str, asset: str, amount: Decimal, initiator: str
    ) -> Loan:
        """Return how an amount at most is used to repay: the interest first."""
        owed, interest = self.owed(account, wallet, asset)
        interest_paid = min(amount, interest)
        return Loan("REPAY", asset, min(amount - interest_paid, owed), interest_paid, initiator)

    def fill(
        self, account: Account, wallet: str, symbol: Symbol, quantity: Decimal, *, is_buyer: bool
    ) -> None:
        """Exchange base and quote at the price of now; the commission is in BNB or what came in."""
        price = self._trading.price(symbol.base) / self._trading.price(symbol.quote)
        quote = (price * quantity).quantize(STEP, ROUND_DOWN)
        income, expense = (symbol.base, quantity), (symbol.quote, quote)
        if not is_buyer:
            income, expense = expense, income
        side = "BUY" if is_buyer else "SELL"
        if (
            min(income[1], expense[1]) <= NOTHING
            or self.free(account, wallet, expense[0]) < expense[1]
        ):
            return
        rows = [(f"{side}_INCOME", *income), (f"{side}_EXPENSE", expense[0], -expense[1])]
        rows.append(("TRADING_COMMISSION", *self._commission(account, wallet, *income)))
        told = f"{'bought' if is_buyer else 'sold'} {quantity:f} {symbol.base} for {quote:f}"
        self.book(account, wallet, rows, f"{told} {symbol.quote}", symbol=symbol.name)

    def _commission(
        self, account: Account, wallet: str, asset: str, received: Decimal
    ) -> tuple[str, Decimal]:
        # Commissions exceed the display digits of their asset now and then.
        step = STEP / 1000 if self._draft.chance(15) else STEP
        worth = received * self._trading.price(asset) * COMMISSION_RATE
        in_bnb = (worth / self._trading.price("BNB")).quantize(step, ROUND_DOWN)
        if account.burns_bnb and asset != "BNB" and self.free(account, wallet, "BNB") >= in_bnb:
            return "BNB", -in_bnb
        return asset, -(received * COMMISSION_RATE).quantize(step, ROUND_DOWN)

    def charge(self, account: Account, wallet: str, assets: Iterable[str], kind: str) -> None:
        """Charge interest for an hour; but for pairs it may be paid in BNB where there is some."""
        charges = []
        bnb = self.free(account, wallet, "BNB")
        may_pay = wallet in {CROSS_MARGIN, PORTFOLIO_MARGIN} and kind != ON_NEGATIVE
        for asset in assets:
            principal, _ = self.owed(account, wallet, asset)
            step = STEP / 10_000 if self._draft.chance(10) else STEP
            interest = (principal * HOURLY_RATE).quantize(step, ROUND_DOWN)
            in_bnb = interest * self._trading.price(asset) / self._trading.price("BNB")
            in_bnb = in_bnb.quantize(step, ROUND_DOWN)
            is_paid = may_pay and account.burns_bnb and self._draft.chance(30)
            paid_kind, paid_in = kind, asset
            if is_paid and NOTHING < in_bnb <= bnb:
                bnb, paid_kind, paid_in, interest = bnb - in_bnb, f"{kind}_CONVERTED", "BNB", in_bnb
            if interest > NOTHING:
                number = self._draft.numbers.of("margin_interest", FIRST_INTEREST)
                charges.append(Charge(number, asset, paid_in, principal, interest, paid_kind))
        owed = [charge for charge in charges if not charge.is_paid]
        # What is paid, is paid one by one: each is a leg of the same cell.
        for together in (owed, *([charge] for charge in charges if charge.is_paid)):
            if together:
                self._book_charges(account, wallet, together)

    def _book_charges(self, account: Account, wallet: str, charges: list[Charge]) -> None:
        now, uid = self._draft.now, account.uid
        payer = wallet if self._draft.options.margin_interest_in_bnb_from_margin else "spot"
        legs = tuple(
            Leg(cell(uid, payer, charge.asset), -charge.interest, now)
            if charge.is_paid
            else Leg(cell(uid, wallet, charge.asset, "interest"), charge.interest, now)
            for charge in charges
        )
        told = ", ".join(f"{charge.interest:f} {charge.asset}" for charge in charges)
        fields = {"wallet": wallet, "charges": tuple(charges)}
        label = f"{uid} was charged {told} of interest in {wallet}"
        number = str(charges[0].tx_id)
        self._draft.book(Movement("margin_interests", uid, number, now, legs, fields, label))

    def book(
        self,
        account: Account,
        wallet: str,
        rows: list[Row],
        told: str,
        *,
        loan: Loan | None = None,
        symbol: str | None = None,
    ) -> None:
        """Book one transaction: rows of capital flow, and what a loan changes of what is owed."""
        now, uid = self._draft.now, account.uid
        legs = [Leg(cell(uid, wallet, asset), amount, now) for _, asset, amount in rows]
        if loan is not None and loan.is_confirmed:
            sign = 1 if loan.direction == "BORROW" else -1
            for part, amount in (("loan", loan.principal), ("interest", loan.interest)):
                if amount > NOTHING:
                    legs.append(Leg(cell(uid, wallet, loan.asset, part), sign * amount, now))
        tran_id = self._draft.numbers.transfer()
        fields = {
            "wallet": wallet,
            "tran_id": tran_id,
            "rows": tuple(rows),
            "loan": loan,
            "symbol": symbol,
        }
        label = f"{uid} {told} in {wallet}"
        self._draft.book(
            Movement("margin_transactions", uid, str(tran_id), now, tuple(legs), fields, label)
        )
