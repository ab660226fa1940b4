"""The face of the daily snapshots of an account: its spot, cross margin and USD-margined futures.

What is wrong with a question is told inside HTTP 200. A product that was never opened has none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import Product
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.faces.earn_tokens import earn_tokens
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.market import worth
from coinfrs_pipelines.emulator.binance.refusals import Refusal
from coinfrs_pipelines.emulator.binance.wire import EIGHT_DECIMALS, milliseconds, padded

ROWS_MIN, ROWS_MAX = 7, 30
RETENTION = timedelta(days=30)
# A day's snapshot is labelled with the last second of the day.
LABEL = timedelta(seconds=-1)
DAY = timedelta(days=1)
# What the venue shows where nothing is owed.
LEVEL_WITHOUT_DEBT = Decimal(999)


def account_snapshot(call: Call) -> Any:
    """Show the daily snapshots of the last month."""
    limit = call.number("limit")
    if not ROWS_MIN <= limit <= ROWS_MAX:
        return _told_inside(refusals.invalid("limit"))
    try:
        start, end = call.window(7 * DAY, 30, is_strict=True)
    except Refusal as refusal:
        return _told_inside(refusal)
    kind = KINDS[str(call.text("type"))]
    snapshots = []
    if kind.product is None or kind.product in call.account.products:
        for midnight in _published(call):
            label = midnight + LABEL
            if start <= label <= end and label >= call.oldest(RETENTION):
                cut = midnight + call.options.snapshot_cut
                told = {"type": kind.name, "updateTime": milliseconds(label)}
                snapshots.append({"data": kind.data(call, cut), **told})
    return {"code": 200, "msg": "", "snapshotVos": snapshots[-limit:]}


def _told_inside(refusal: Refusal) -> dict[str, Any]:
    return {"code": refusal.code, "msg": refusal.message, "snapshotVos": []}


def _published(call: Call) -> list[datetime]:
    """Return the midnights that end the days whose snapshot was made and is out by now."""
    midnights = []
    midnight = datetime.combine(call.world.start.date(), time(), call.world.start.tzinfo) + DAY
    published_after = max(call.options.snapshot_published_after, call.options.snapshot_cut)
    while midnight + published_after <= call.now:
        is_missing = any(
            faults.snapshot_is_missing(str(call.account.uid), (midnight - DAY).date())
            for faults in call.faults
        )
        if not is_missing:
            midnights.append(midnight)
        midnight += DAY
    return midnights


def _spot(call: Call, cut: datetime) -> dict[str, Any]:
    balances, total = [], Decimal(0)
    for asset, holding in call.world.holdings(call.account.uid, "spot", cut).items():
        free = holding.free
        if call.options.snapshot_includes_withdrawing:
            free += holding.withdrawing
        if call.options.snapshot_includes_freeze:
            free += holding.freeze
        if free or holding.locked:
            balances.append(
                {"asset": asset, "free": padded(free), "locked": padded(holding.locked)}
            )
            total += worth(asset, free + holding.locked, "BTC")
    balances += earn_tokens(call, cut)
    return {"balances": balances, "totalAssetOfBtc": padded(total)}


def _cross_margin(call: Call, cut: datetime) -> dict[str, Any]:
    rows, total, owed = [], Decimal(0), Decimal(0)
    for asset, holding in call.world.holdings(call.account.uid, "cross_margin", cut).items():
        if not holding.is_positive:
            continue
        total += worth(asset, holding.balance, "BTC")
        owed += worth(asset, holding.loan + holding.interest, "BTC")
        rows.append(
            {
                "asset": asset,
                "borrowed": padded(holding.loan),
                "free": padded(holding.free),
                "interest": padded(holding.interest),
                "locked": padded(holding.locked),
                "netAsset": padded(holding.net),
            }
        )
    level = min(total / owed, LEVEL_WITHOUT_DEBT) if owed else LEVEL_WITHOUT_DEBT
    return {
        "marginLevel": padded(level.quantize(EIGHT_DECIMALS, ROUND_DOWN)),
        "totalAssetOfBtc": padded(total),
        "totalLiabilityOfBtc": padded(owed),
        "totalNetAssetOfBtc": padded(total - owed),
        "userAssets": rows,
    }


def _um_futures(call: Call, cut: datetime) -> dict[str, Any]:
    """Show the wallet balances; open positions are no part of them, and none is told of."""
    holdings = call.world.holdings(call.account.uid, "um_futures", cut)
    return {
        "assets": [
            {
                "asset": asset,
                "marginBalance": padded(holding.balance),
                "walletBalance": padded(holding.balance),
            }
            for asset, holding in holdings.items()
            if holding.balance
        ],
        "position": [],
    }


@dataclass(frozen=True)
class Kind:
    """A type of snapshot: the product it needs, its name in an answer, and what is in it."""

    product: Product | None
    name: str
    data: Callable[[Call, datetime], dict[str, Any]]


KINDS = {
    "SPOT": Kind(None, "spot", _spot),
    "MARGIN": Kind("margin", "margin", _cross_margin),
    "FUTURES": Kind("futures", "futures", _um_futures),
}
FACES = (
    Face(
        "GET",
        "/sapi/v1/accountSnapshot",
        account_snapshot,
        SAPI_IP,
        2_400,
        (
            text("type", mandatory=True, one_of=tuple(KINDS)),
            *WINDOW,
            whole("limit", ROWS_MIN),
        ),
    ),
)
