"""The faces of the options wallet: what is in it, and its bills.

A bill is shown from an id on, or else the latest of a window; three months are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, Told, text, whole
from coinfrs_pipelines.emulator.binance.limits import EAPI
from coinfrs_pipelines.emulator.binance.wire import EIGHT_DECIMALS, milliseconds, short

WALLET = "options"
RETENTION = timedelta(days=90)
ROWS_MAX = 1_000
UNREALISED_STEPS = 89


@dataclass(frozen=True)
class Bills:
    """An event and the bills that tell it, all under its number."""

    event_id: str
    at: datetime
    number: int
    rows: tuple[dict[str, Any], ...]


def bills(call: Call) -> Any:
    """List the bills from `recordId` on, else the latest ones of the window."""
    start, end = call.window(RETENTION)
    start = max(start, call.oldest(RETENTION))
    first = call.whole("recordId") or 0
    found = [b for b in _happened(call) if start <= b.at <= end and b.number >= first]
    oldest_first = sorted(call.shown(found), key=lambda b: (b.at, b.number))
    rows = [Told(each.event_id, row) for each in oldest_first for row in each.rows]
    limit = call.number("limit")
    shown = call.answered(rows[:limit] if first else rows[-limit:])
    page = [each.row for each in shown]
    return page if call.options.list_order == "oldest_first" else page[::-1]


def _happened(call: Call) -> Iterator[Bills]:
    history, uid = call.world.history, call.account.uid
    for movement in history.of_kind("option_bills"):
        if movement.uid == uid and movement.at < call.now:
            number, symbol = int(movement.record_id), movement.fields["symbol"]
            rows = tuple(
                _row(number, "USDT", amount, kind, movement.at, symbol)
                for kind, amount in movement.fields["bills"]
            )
            yield Bills(movement.event_id, movement.at, number, rows)
    for moved in history.wallet_transfers:
        if moved.uid != uid or moved.at >= call.now or not moved.is_confirmed:
            continue
        for place, sign in ((moved.source, -1), (moved.target, 1)):
            if place == WALLET:
                amount = sign * moved.amount
                row = _row(moved.tran_id, moved.asset, amount, "TRANSFER", moved.at, "")
                yield Bills(moved.event_id, moved.at, moved.tran_id, (row,))


def _row(
    number: int, asset: str, amount: Decimal, kind: str, at: datetime, symbol: str
) -> dict[str, Any]:
    return {
        "id": number,
        "asset": asset,
        "amount": short(amount),
        "symbol": symbol,
        "type": kind,
        "createDate": milliseconds(at),
    }


def margin_account(call: Call) -> Any:
    """Show the options wallet: its balance, and what open contracts would bring beside it."""
    holdings = call.world.holdings(call.account.uid, WALLET, call.now)
    return {
        "asset": [
            _asset(call, asset, holding.balance)
            for asset, holding in holdings.items()
            if holding.balance
        ],
        "greek": [],
        "time": milliseconds(call.now),
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "reduceOnly": False,
        "tradeGroupId": -1,
    }


def _asset(call: Call, asset: str, balance: Decimal) -> dict[str, str]:
    step = milliseconds(call.now) % UNREALISED_STEPS - UNREALISED_STEPS // 2
    unrealised = (balance * step / 1_000).quantize(EIGHT_DECIMALS, ROUND_DOWN)
    is_realised = call.options.option_margin_balance_is_realised
    return {
        "asset": asset,
        "marginBalance": short(balance if is_realised else balance + unrealised),
        "equity": short(balance + unrealised),
        "available": short(balance),
        "initialMargin": "0",
        "maintMargin": "0",
        "unrealizedPNL": short(unrealised),
        "adjustedEquity": short(balance + unrealised),
    }


FACES = (
    Face("GET", "/eapi/v1/marginAccount", margin_account, EAPI, 3, product="options"),
    Face(
        "GET",
        "/eapi/v1/bill",
        bills,
        EAPI,
        1,
        (
            text("currency", mandatory=True, one_of=("USDT",)),
            whole("recordId"),
            *WINDOW,
            whole("limit", 100, at_least=1, at_most=ROWS_MAX),
        ),
        product="options",
    ),
)
