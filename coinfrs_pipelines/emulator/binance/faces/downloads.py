"""The faces of files: income of up to a year, asked for here and fetched elsewhere by its link."""

from collections.abc import Iterable
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text
from coinfrs_pipelines.emulator.binance.downloads import PATH, income_file
from coinfrs_pipelines.emulator.binance.faces.futures import (
    YEAR_DAYS,
    Income,
    income_of,
    listed_income,
    told,
    wallet_income,
)
from coinfrs_pipelines.emulator.binance.limits import DAPI, FAPI, PAPI
from coinfrs_pipelines.emulator.binance.wire import milliseconds

# "Average time taken for data download in the past 30 days."
USUAL_MILLISECONDS = 30_000
NEVER = -1


def ask_for_um_income(call: Call) -> Any:
    """Ask for a file of the income of the USD-margined wallet."""
    return _ask(call, "futures", wallet_income(call, "um_futures"))


def ask_for_cm_income(call: Call) -> Any:
    """Ask for a file of the income of the coin-margined wallet."""
    return _ask(call, "futures", wallet_income(call, "cm_futures"))


def ask_for_pm_um_income(call: Call) -> Any:
    """Ask for a file of the income of portfolio margin's USD-margined ledger."""
    return _ask(call, "portfolio_margin", income_of(call, "pm_um_income"))


def _ask(call: Call, product: str, incomes: Iterable[Income]) -> Any:
    start, end = call.window(None, YEAR_DAYS, too_wide=lambda days: refusals.too_long(24 * days))
    downloads = call.world.downloads
    if downloads.left(call.account.uid, product, call.now) <= 0:
        raise refusals.too_many_files()
    body = income_file(told(call, listed_income(call, incomes, start, end)))
    asked = downloads.ask(call.account.uid, product, body, call.now)
    return {"avgCostTimestampOfLast30d": USUAL_MILLISECONDS, "downloadId": asked.number}


def link(call: Call) -> Any:
    """Tell whether a file is made, and then where it lies."""
    number = str(call.arguments["downloadId"])
    asked = call.world.downloads.poll(call.account.uid, number)
    if asked is None:
        raise refusals.invalid("downloadId")
    is_made = asked.is_made
    return {
        "downloadId": number,
        "status": "completed" if is_made else "processing",
        "url": f"{call.origin}{PATH}{asked.token}" if is_made else "",
        "notified": is_made,
        "expirationTimestamp": milliseconds(asked.expires_at) if is_made else NEVER,
        "isExpired": None,
    }


_NUMBER = (text("downloadId", mandatory=True),)
FACES = (
    Face("GET", "/fapi/v1/income/asyn", ask_for_um_income, FAPI, 1000, WINDOW, product="futures"),
    Face("GET", "/fapi/v1/income/asyn/id", link, FAPI, 10, _NUMBER, product="futures"),
    Face("GET", "/dapi/v1/income/asyn", ask_for_cm_income, DAPI, 1000, WINDOW, product="futures"),
    Face("GET", "/dapi/v1/income/asyn/id", link, DAPI, 5, _NUMBER, product="futures"),
    Face(
        *("GET", "/papi/v1/um/income/asyn", ask_for_pm_um_income, PAPI, 1500, WINDOW),
        product="portfolio_margin",
    ),
    Face(
        *("GET", "/papi/v1/um/income/asyn/id", link, PAPI, 10, _NUMBER),
        product="portfolio_margin",
    ),
)
