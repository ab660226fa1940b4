"""Portfolio margin: one wallet of three ledgers, told by income, fills, loans and interest.

What moves between its ledgers moves nothing in the wallet; transfers with other wallets are told by
`asset_transfers`. No list tells what an automatic exchange of a negative balance took and gave.
"""

from dataclasses import replace
from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import PM_IP, VENUE
from coinfrs_pipelines.connectors.binance.streams.futures import (
    CM_INCOME,
    RETENTION,
    TRAILING,
    UM_INCOME,
    UM_INCOME_TYPES,
)
from coinfrs_pipelines.connectors.binance.streams.styles import income, numbered
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import (
    ById,
    ByTime,
    Stream,
    Window,
)

_WALLETS = ("portfolio_margin",)
# Types that the enumeration of portfolio margin leaves out: asking for one may be refused.
_NOT_LISTED = frozenset(
    {
        *("AUTO_EXCHANGE", "STRATEGY_UMFUTURES_TRANSFER", "FEE_RETURN"),
        *("BFUSD_REWARD", "SPECIAL_FUNDING_FEE"),
    }
)
PM_UM_INCOME_TYPES = tuple(kind for kind in UM_INCOME_TYPES if kind not in _NOT_LISTED)
# 30 days at most.
_MONTH = Window(widest=timedelta(days=29))
# What is older than six months is in an archive that is not asked for.
_HALF_A_YEAR = timedelta(days=179)


def _pm(path: str, weight: int) -> Endpoint:
    return Endpoint(f"/papi/v1/{path}", weight, PM_IP, api="pm")


# Told as the income of a futures wallet of its own (?).
PM_UM_INCOME = replace(
    UM_INCOME,
    name="pm_um_income",
    wallets=_WALLETS,
    endpoint=_pm("um/income", 30),
    style=income(timedelta(days=6), PM_UM_INCOME_TYPES),
    product="portfolio_margin",
    asset_fields=("asset",),
    raw_table="raw_pm_um_income",
)

PM_CM_INCOME = replace(
    CM_INCOME,
    name="pm_cm_income",
    wallets=_WALLETS,
    endpoint=_pm("cm/income", 30),
    # 200 days at most; what is older is not known to be served (?).
    retention=timedelta(days=199),
    product="portfolio_margin",
    asset_fields=("asset",),
    raw_table="raw_pm_cm_income",
)

PM_MARGIN_INTERESTS = Stream(
    name="pm_margin_interests",
    venue=VENUE,
    wallets=_WALLETS,
    endpoint=_pm("margin/marginInterestHistory", 1),
    style=numbered(_MONTH),
    rows_at=("rows",),
    natural_key=("txId",),
    time_field="interestAccuredTime",
    product="portfolio_margin",
    asset_fields=("asset", "rawAsset"),
    retention=_HALF_A_YEAR,
    trailing=TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_pm_margin_interests",
)

PM_INTERESTS = Stream(
    name="pm_interests",
    venue=VENUE,
    wallets=_WALLETS,
    endpoint=_pm("portfolio/interest-history", 50),
    # Rows have no id; the largest page is not told (?): 100, as of its sisters.
    style=ByTime(page_size=100, window=_MONTH, size_param="size"),
    named_by=("interestAccuredTime", "asset", "interest", "principal"),
    time_field="interestAccuredTime",
    product="portfolio_margin",
    retention=_HALF_A_YEAR,
    trailing=TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_pm_interests",
)

PM_NEGATIVE_BALANCE_EXCHANGES = Stream(
    name="pm_negative_balance_exchanges",
    venue=VENUE,
    wallets=_WALLETS,
    endpoint=_pm("portfolio/negative-balance-exchange-record", 100),
    # Three months at most; `total` tells whether the answer is whole, its size is not told (?).
    style=ByTime(
        page_size=100,
        window=Window(widest=timedelta(days=88)),
        size_param="",
        total_at=("total",),
    ),
    rows_at=("rows",),
    # When it ends, and of what, may be told later.
    named_by=("startTime",),
    # Which of its two times the window is of is not told (?); an exchange takes minutes.
    time_field="startTime",
    product="portfolio_margin",
    retention=RETENTION,
    trailing=TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_pm_negative_balance_exchanges",
)

PM_MARGIN_TRADES = Stream(
    name="pm_margin_trades",
    venue=VENUE,
    wallets=_WALLETS,
    endpoint=_pm("margin/myTrades", 5),
    # As spot trades: a window with both ends may span 24 hours only.
    style=ById(page_size=1000),
    natural_key=("symbol", "id", "isBuyer"),
    time_field="time",
    scope_rule="symbols",
    scope_params=("symbol",),
    product="portfolio_margin",
    asset_fields=("commissionAsset",),
    trailing=TRAILING,
    raw_table="raw_pm_margin_trades",
)


def _loans(name: str, path: str) -> Stream:
    """Declare a list of loans or repayments, which is asked for one asset at a time."""
    return Stream(
        name=name,
        venue=VENUE,
        wallets=_WALLETS,
        endpoint=_pm(path, 10),
        style=numbered(_MONTH),
        rows_at=("rows",),
        natural_key=("txId",),
        time_field="timestamp",
        scope_rule="assets",
        scope_params=("asset",),
        product="portfolio_margin",
        asset_fields=("asset",),
        retention=_HALF_A_YEAR,
        trailing=TRAILING,
        too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
        raw_table=f"raw_{name}",
    )


PM_MARGIN_LOANS = _loans("pm_margin_loans", "margin/marginLoan")
PM_MARGIN_REPAYS = _loans("pm_margin_repays", "margin/repayLoan")

# What may bring an asset to light stands before the lists that are asked asset by asset.
STREAMS: tuple[Stream, ...] = (
    PM_UM_INCOME,
    PM_CM_INCOME,
    PM_MARGIN_INTERESTS,
    PM_INTERESTS,
    PM_NEGATIVE_BALANCE_EXCHANGES,
    PM_MARGIN_TRADES,
    PM_MARGIN_LOANS,
    PM_MARGIN_REPAYS,
)
