"""The faces of portfolio margin: what is in its three ledgers, and what is told of each.

Loans and repayments are asked for one asset at a time. A row of a fill tells no amount of the quote
asset, and an automatic exchange neither of its amounts.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.authoring.portfolio import EXCHANGE_TAKES
from coinfrs_pipelines.emulator.binance.calls import (
    PAGE,
    WINDOW,
    Call,
    Face,
    Told,
    flag,
    text,
    whole,
)
from coinfrs_pipelines.emulator.binance.faces.futures import (
    CM_INCOME_TYPES,
    QUARTER,
    ROWS_MAX,
    WEEK,
    income_of,
    listed_income,
    told,
    too_long,
    unrealised,
)
from coinfrs_pipelines.emulator.binance.limits import PAPI
from coinfrs_pipelines.emulator.binance.margin_records import (
    HOURLY_RATE,
    ON_NEGATIVE,
    PORTFOLIO_MARGIN,
    Loan,
)
from coinfrs_pipelines.emulator.binance.market import SYMBOLS
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import Number, milliseconds, padded

MONTH_DAYS, HALF_A_YEAR = 30, timedelta(days=180)
CM_DAYS_MAX, EXCHANGE_DAYS_MAX = 200, 92
HOURS_MAX = 24
NOTHING = Decimal(0)
# As the official enumeration of portfolio margin has them.
UM_INCOME_TYPES = (
    "TRANSFER", "WELCOME_BONUS", "REALIZED_PNL", "FUNDING_FEE", "COMMISSION", "INSURANCE_CLEAR",
    "REFERRAL_KICKBACK", "COMMISSION_REBATE", "API_REBATE", "CONTEST_REWARD",
    "CROSS_COLLATERAL_TRANSFER", "OPTIONS_PREMIUM_FEE", "OPTIONS_SETTLE_PROFIT",
    "INTERNAL_TRANSFER", "DELIVERED_SETTELMENT", "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW",
    "POSITION_LIMIT_INCREASE_FEE",
)  # fmt: skip  # Its own order, read in rows.


def balance(call: Call) -> Any:
    """Show what each ledger has of each asset, and what is owed; of one asset not as a list."""
    futures = {kind: _in_ledger(call, kind) for kind in ("pm_um_income", "pm_cm_income")}
    rows = []
    for asset, held in call.world.holdings(call.account.uid, PORTFOLIO_MARGIN, call.now).items():
        um, cm = (futures[kind].get(asset, NOTHING) for kind in futures)
        margin = held.balance - um - cm
        if not held.is_positive and call.text("asset") != asset:
            continue
        rows.append(
            {
                "asset": asset,
                "totalWalletBalance": padded(held.balance),
                "crossMarginAsset": padded(margin),
                "crossMarginBorrowed": padded(held.loan),
                "crossMarginFree": padded(margin - held.locked),
                "crossMarginInterest": padded(held.interest),
                "crossMarginLocked": padded(held.locked),
                "umWalletBalance": padded(um),
                "umUnrealizedPNL": padded(unrealised(call, um)),
                "cmWalletBalance": padded(cm),
                # Empty in the published sample, where nothing is open.
                "cmUnrealizedPNL": padded(unrealised(call, cm)) if cm else "",
                "updateTime": milliseconds(call.now),
                "negativeBalance": "0",
            }
        )
    wanted = call.text("asset")
    if wanted is None:
        return rows
    return next((row for row in rows if row["asset"] == wanted), {})


def _in_ledger(call: Call, kind: str) -> dict[str, Decimal]:
    """Return what a ledger of futures has: the sum of its income, moves from margin among it."""
    sums: dict[str, Decimal] = {}
    for movement in call.world.history.of_kind(kind):
        if movement.uid == call.account.uid and movement.at < call.now:
            for _, asset, amount in movement.fields["rows"]:
                sums[asset] = sums.get(asset, NOTHING) + amount
    return sums


def um_income(call: Call) -> Any:
    """List the income of the USD-margined ledger, oldest first; three months are kept."""
    start, end = call.window(WEEK, WEEK.days, too_wide=too_long)
    return _income(call, "pm_um_income", max(start, call.oldest(QUARTER)), end)


def cm_income(call: Call) -> Any:
    """List the income of the coin-margined ledger, oldest first."""
    start, end = call.window(timedelta(days=CM_DAYS_MAX), CM_DAYS_MAX, too_wide=too_long)
    return _income(call, "pm_cm_income", start, end)


def _income(call: Call, kind: str, start: Any, end: Any) -> list[dict[str, Any]]:
    rows = listed_income(call, income_of(call, kind), start, end)[: call.number("limit")]
    return [{**row, "tranId": str(row["tranId"])} for row in told(call, rows)]


def margin_trades(call: Call) -> Any:
    """List the fills of one symbol: from an id on, or else the most recent ones."""
    symbol, first_id, limit = call.text("symbol"), call.whole("fromId"), call.number("limit")
    if symbol not in SYMBOLS:
        raise refusals.invalid_symbol()
    start, end = call.window(timedelta(days=3650))
    if {"startTime", "endTime"} <= set(call.arguments) and end - start >= timedelta(
        hours=HOURS_MAX
    ):
        raise refusals.too_long(HOURS_MAX)
    found = call.movements(
        "pm_margin_trades",
        start,
        end,
        where=lambda m: (
            m.fields["symbol"] == symbol
            and m.fields["trade_id"] >= (first_id or 0)
            and call.whole("orderId") in {None, m.fields["order_id"]}
        ),
        order="oldest_first",
    )
    found = found[:limit] if first_id is not None else found[-limit:]
    return [_trade_row(movement) for movement in call.answered(found)]


def _trade_row(movement: Movement) -> dict[str, Any]:
    fields = movement.fields
    return {
        "symbol": fields["symbol"],
        "id": fields["trade_id"],
        "orderId": fields["order_id"],
        "price": padded(fields["price"]),
        "qty": padded(fields["quantity"]),
        "commission": padded(fields["commission"]),
        "commissionAsset": fields["commission_asset"],
        "time": milliseconds(movement.at),
        "isBuyer": fields["is_buyer"],
        "isMaker": False,
        "isBestMatch": True,
    }


def margin_loans(call: Call) -> Any:
    """List the loans of one asset, newest first."""
    return _loans(
        call,
        "BORROW",
        lambda loan, row: {"asset": loan.asset, "principal": padded(loan.principal), **row},
    )


def margin_repays(call: Call) -> Any:
    """List the repayments of one asset, newest first."""
    return _loans(
        call,
        "REPAY",
        lambda loan, row: {
            "amount": padded(loan.principal + loan.interest),
            "asset": loan.asset,
            "interest": padded(loan.interest),
            "principal": padded(loan.principal),
            **row,
        },
    )


def _loans(call: Call, direction: str, row_of: Any) -> Any:
    if call.whole("txId") is None and call.whole("startTime") is None:
        raise refusals.mandatory("startTime")
    start, end = call.window(WEEK, MONTH_DAYS)
    tx_id = call.whole("txId")
    if tx_id is not None:
        start, end = call.world.start - HALF_A_YEAR, call.now

    def is_wanted(movement: Movement) -> bool:
        loan: Loan | None = movement.fields["loan"]
        return (
            movement.fields["wallet"] == PORTFOLIO_MARGIN
            and loan is not None
            and loan.direction == direction
            and loan.asset == call.text("asset")
            and tx_id in {None, movement.fields["tran_id"]}
        )

    found = call.movements(
        "margin_transactions",
        max(start, call.oldest(HALF_A_YEAR)),
        end,
        where=is_wanted,
        order="newest_first",
    )
    rows = []
    for movement in call.paged(found, call.number("current"), call.number("size")):
        loan: Loan = movement.fields["loan"]
        state = {
            "status": "CONFIRMED" if loan.is_confirmed else "FAILED",
            "timestamp": milliseconds(movement.at),
            "txId": movement.fields["tran_id"],
        }
        rows.append(row_of(loan, state))
    return {"rows": rows, "total": len(found)}


def margin_interests(call: Call) -> Any:
    """List the interest that was charged, on loans and on negative balances, newest first."""
    start, end = call.window(WEEK, MONTH_DAYS, is_clamped=True)
    rows = [
        Told(
            movement.event_id,
            {
                "txId": charge.tx_id,
                "interestAccuredTime": milliseconds(movement.at),
                "asset": charge.asset,
                "rawAsset": charge.owed_asset,
                "principal": padded(charge.principal),
                "interest": padded(charge.interest),
                "interestRate": padded(HOURLY_RATE * 24),
                "type": charge.kind,
            },
        )
        for movement in _charged(call, max(start, call.oldest(HALF_A_YEAR)), end)
        for charge in movement.fields["charges"]
        if call.text("asset") in {None, charge.owed_asset}
        and (charge.kind != ON_NEGATIVE or call.options.pm_negative_interest_in_margin_history)
    ]
    page = call.paged(rows, call.number("current"), call.number("size"))
    return {"rows": [each.row for each in page], "total": len(rows)}


def negative_interests(call: Call) -> Any:
    """List the interest on negative balances, newest first; its rows have no ids."""
    start, end = call.window(WEEK, MONTH_DAYS, is_clamped=True)
    rows = [
        Told(
            movement.event_id,
            {
                "asset": charge.asset,
                "interest": padded(charge.interest),
                "interestAccuredTime": milliseconds(movement.at),
                "interestRate": padded(HOURLY_RATE * 24),
                "principal": padded(charge.principal),
            },
        )
        for movement in _charged(call, start, end)
        for charge in movement.fields["charges"]
        if charge.kind == ON_NEGATIVE and call.text("asset") in {None, charge.asset}
    ]
    return told(call, rows[: call.number("size")])


def _charged(call: Call, start: Any, end: Any) -> list[Movement]:
    return call.movements(
        "margin_interests",
        start,
        end,
        where=lambda m: m.fields["wallet"] == PORTFOLIO_MARGIN,
        order="newest_first",
    )


def exchanges(call: Call) -> Any:
    """List the exchanges of negative balances that are over, newest first, amounts as numbers."""
    start, end = call.window(None, EXCHANGE_DAYS_MAX)
    found = call.movements(
        "pm_exchanges",
        start,
        end,
        where=lambda m: m.at + EXCHANGE_TAKES < call.now,
        order="newest_first",
    )
    rows = [
        {
            "startTime": milliseconds(movement.at),
            "endTime": milliseconds(movement.at + EXCHANGE_TAKES),
            "details": [
                {
                    "asset": movement.fields["asset"],
                    "negativeBalance": Number(movement.fields["negative"]),
                    "negativeMaxThreshold": 0,
                }
            ],
        }
        for movement in call.answered(found)
    ]
    return {"total": len(found), "rows": rows}


_ASSET = text("asset", mandatory=True)
_INCOME = (text("symbol"), *WINDOW, whole("limit", 100, at_least=1, at_most=ROWS_MAX))
_LOANS = (_ASSET, whole("txId"), *WINDOW, *PAGE, flag("archived"))


def _face(path: str, answer: Any, weight: int, *parameters: Any) -> Face:
    return Face(
        "GET", f"/papi/v1/{path}", answer, PAPI, weight, parameters, product="portfolio_margin"
    )


FACES = (
    _face("balance", balance, 20, text("asset")),
    _face("um/income", um_income, 30, text("incomeType", one_of=UM_INCOME_TYPES), *_INCOME),
    _face("cm/income", cm_income, 30, text("incomeType", one_of=CM_INCOME_TYPES), *_INCOME),
    _face(
        "margin/myTrades",
        margin_trades,
        5,
        text("symbol", mandatory=True),
        whole("orderId"),
        *WINDOW,
        whole("fromId"),
        whole("limit", 500, at_least=1, at_most=ROWS_MAX),
    ),
    _face("margin/marginLoan", margin_loans, 10, *_LOANS),
    _face("margin/repayLoan", margin_repays, 10, *_LOANS),
    _face(
        "margin/marginInterestHistory",
        margin_interests,
        1,
        text("asset"),
        *WINDOW,
        *PAGE,
        flag("archived"),
    ),
    _face(
        "portfolio/interest-history",
        negative_interests,
        50,
        text("asset"),
        *WINDOW,
        whole("size", 10, at_least=1, at_most=100),
    ),
    _face("portfolio/negative-balance-exchange-record", exchanges, 100, *WINDOW),
)
