"""The faces of the futures wallets: what is in them, and every change of it as income.

Times are cut to whole seconds. Income has no pages: who wants the rest asks again from the last
second on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, Told, text, whole
from coinfrs_pipelines.emulator.binance.limits import DAPI, FAPI
from coinfrs_pipelines.emulator.binance.records import FamilyTransfer, WalletTransfer
from coinfrs_pipelines.emulator.binance.wire import (
    EIGHT_DECIMALS,
    milliseconds,
    padded,
    whole_second,
)

UM_INCOME_TYPES = (
    "TRANSFER", "WELCOME_BONUS", "REALIZED_PNL", "FUNDING_FEE", "COMMISSION", "INSURANCE_CLEAR",
    "REFERRAL_KICKBACK", "COMMISSION_REBATE", "API_REBATE", "CONTEST_REWARD",
    "CROSS_COLLATERAL_TRANSFER", "OPTIONS_PREMIUM_FEE", "OPTIONS_SETTLE_PROFIT",
    "INTERNAL_TRANSFER", "AUTO_EXCHANGE", "DELIVERED_SETTELMENT", "COIN_SWAP_DEPOSIT",
    "COIN_SWAP_WITHDRAW", "POSITION_LIMIT_INCREASE_FEE", "STRATEGY_UMFUTURES_TRANSFER",
    "FEE_RETURN", "BFUSD_REWARD", "SPECIAL_FUNDING_FEE",
)  # fmt: skip  # The official enumeration's own order, read in rows.
CM_INCOME_TYPES = (
    "TRANSFER", "WELCOME_BONUS", "FUNDING_FEE", "REALIZED_PNL", "COMMISSION", "INSURANCE_CLEAR",
    "DELIVERED_SETTELMENT",
)  # fmt: skip  # As above.
WEEK, QUARTER = timedelta(days=7), timedelta(days=90)
YEAR_DAYS = 365
ROWS_MAX = 1_000
UNREALISED_STEPS = 97
# A tranId is unique within a type of income: further rows of one type and event are so far from the
# first, which is farther than the ids of a world reach.
OF_SAME_TYPE = 50_000_000


@dataclass(frozen=True)
class Income:
    """An event and the rows of income that tell it, at the second in which it happened."""

    event_id: str
    at: datetime
    rows: tuple[dict[str, Any], ...]


def um_income(call: Call) -> Any:
    """List the income of the USD-margined wallet, oldest first; three months are kept."""
    start, end = call.window(WEEK, WEEK.days, too_wide=too_long)
    oldest = call.oldest(QUARTER)
    if end < oldest and call.options.old_income_is_latest:
        return told(call, income_rows(call, "um_futures", oldest, call.now)[-ROWS_MAX:])
    rows = income_rows(call, "um_futures", max(start, oldest), end)
    return told(call, rows[: call.number("limit")])


def cm_income(call: Call) -> Any:
    """List the income of the coin-margined wallet, oldest first; its ids are text."""
    start, end = call.window(WEEK, YEAR_DAYS, too_wide=too_long)
    rows = income_rows(call, "cm_futures", start, end)[: call.number("limit")]
    return [{**row, "tranId": str(row["tranId"])} for row in told(call, rows)]


def too_long(days: int) -> refusals.Refusal:
    """Refuse a window of income in the words of derivatives."""
    return refusals.too_long(24 * days)


def told(call: Call, rows: Sequence[Told]) -> list[dict[str, Any]]:
    """Return the rows of one answer."""
    return [each.row for each in call.answered(rows)]


def income_rows(call: Call, wallet: str, start: datetime, end: datetime) -> list[Told]:
    """Return the rows of a wallet's income in [start, end], oldest first."""
    return listed_income(call, wallet_income(call, wallet), start, end)


def listed_income(
    call: Call, incomes: Iterable[Income], start: datetime, end: datetime
) -> list[Told]:
    """Return the rows of a window, oldest first, as the parameters of the call want them."""
    kind, symbol = call.text("incomeType"), call.text("symbol")
    found = []
    for income in incomes:
        rows = tuple(
            row
            for row in income.rows
            if kind in {None, row["incomeType"]} and symbol in {None, row["symbol"]}
        )
        if rows and start <= income.at <= end:
            found.append(Income(income.event_id, income.at, rows))
    listed = call.listed(found, lambda income: income.at, "oldest_first")
    return [Told(income.event_id, row) for income in call.shown(listed) for row in income.rows]


def wallet_income(call: Call, wallet: str) -> Iterator[Income]:
    """Yield everything that changed the wallet before now, transfers among them."""
    history, uid = call.world.history, call.account.uid
    yield from income_of(call, f"{wallet}_income")
    for transfer in history.wallet_transfers:
        if transfer.is_confirmed:
            ends = ((uid, transfer.source), (uid, transfer.target))
            yield from _sides(call, wallet, transfer, ends if transfer.uid == uid else ())
    for sent in history.family_transfers:
        if sent.is_successful:
            ends = ((sent.source_uid, sent.source_wallet), (sent.target_uid, sent.target_wallet))
            yield from _sides(call, wallet, sent, ends)


def income_of(call: Call, kind: str) -> Iterator[Income]:
    """Yield the account's movements of a kind that happened before now, as rows of income."""
    for movement in call.world.history.of_kind(kind):
        if movement.uid == call.account.uid and movement.at < call.now:
            at = whole_second(movement.at)
            names = movement.fields["symbol"], movement.fields["trade_id"]
            written, seen = [], Counter[str]()
            for income_type, asset, amount in movement.fields["rows"]:
                tran_id = int(movement.record_id) + seen[income_type] * OF_SAME_TYPE
                written.append(_row(income_type, asset, amount, at, tran_id, *names))
                seen[income_type] += 1
            yield Income(movement.event_id, at, tuple(written))


def _sides(
    call: Call,
    wallet: str,
    transfer: WalletTransfer | FamilyTransfer,
    ends: tuple[tuple[int, str], ...],
) -> Iterator[Income]:
    """Yield the wallet's side of a transfer, if it has one; a failed one is no income."""
    at = whole_second(transfer.at)
    for end, sign in zip(ends, (-1, 1), strict=False):
        if end == (call.account.uid, wallet) and transfer.at < call.now:
            amount = sign * transfer.amount
            row = _row("TRANSFER", transfer.asset, amount, at, transfer.tran_id)
            yield Income(transfer.event_id, at, (row,))


def _row(
    kind: str,
    asset: str,
    amount: Decimal,
    at: datetime,
    tran_id: int,
    symbol: str = "",
    trade_id: str = "",
) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "incomeType": kind,
        "income": padded(amount),
        "asset": asset,
        "info": kind,
        "time": milliseconds(at),
        "tranId": tran_id,
        "tradeId": trade_id,
    }


def um_balance(call: Call) -> Any:
    """Show what the USD-margined wallet has of each asset: what is not held is left out."""
    return [
        {
            "accountAlias": "SgsR",
            "asset": asset,
            "balance": padded(holding.balance),
            "crossWalletBalance": padded(holding.balance),
            "crossUnPnl": padded(unrealised(call, holding.balance)),
            "availableBalance": padded(holding.balance),
            "maxWithdrawAmount": padded(holding.balance),
            "marginAvailable": True,
            "updateTime": milliseconds(call.now),
        }
        for asset, holding in call.world.holdings(call.account.uid, "um_futures", call.now).items()
        if holding.balance
    ]


def cm_balance(call: Call) -> Any:
    """Show what the coin-margined wallet has of each asset of the exchange, zeros included."""
    holdings = call.world.holdings(call.account.uid, "cm_futures", call.now)
    return [
        {
            "accountAlias": "SgsR",
            "asset": asset,
            "balance": padded(holding.balance),
            "withdrawAvailable": padded(holding.balance),
            "crossWalletBalance": padded(holding.balance),
            "crossUnPnl": padded(unrealised(call, holding.balance)),
            "availableBalance": padded(holding.balance),
            "updateTime": milliseconds(call.now),
        }
        for asset, holding in holdings.items()
    ]


def unrealised(call: Call, balance: Decimal) -> Decimal:
    """Return what open positions would bring, which moves all the time and is no balance."""
    step = milliseconds(call.now) % UNREALISED_STEPS - UNREALISED_STEPS // 2
    return (balance * step / 1_000).quantize(EIGHT_DECIMALS, ROUND_DOWN)


FACES = (
    Face("GET", "/fapi/v3/balance", um_balance, FAPI, 5, product="futures"),
    Face("GET", "/dapi/v1/balance", cm_balance, DAPI, 1, product="futures"),
    Face(
        "GET",
        "/fapi/v1/income",
        um_income,
        FAPI,
        30,
        (
            text("symbol"),
            text("incomeType", one_of=UM_INCOME_TYPES),
            *WINDOW,
            whole("limit", 100, at_least=1, at_most=ROWS_MAX),
        ),
        product="futures",
    ),
    Face(
        "GET",
        "/dapi/v1/income",
        cm_income,
        DAPI,
        20,
        (
            text("symbol"),
            text("incomeType", one_of=CM_INCOME_TYPES),
            *WINDOW,
            whole("limit", 100, at_least=1, at_most=ROWS_MAX),
        ),
        product="futures",
    ),
)
