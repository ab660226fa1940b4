"""Loans on collateral: what is lent comes into spot, and what is pledged leaves it.

The debt itself stands in no wallet that is read. Records have no ids: they are named by what does
not change of them, and two that are equal in all of it are fewer than the total counts (?).
"""

from dataclasses import replace
from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import SECOND, ByNumber, ByTime, Stream, Window

# 180 days at most; without a window it is the last 90.
_HALF_A_YEAR = Window(widest=timedelta(days=179))
_LATE = timedelta(days=30)


def _loans(
    name: str,
    endpoint: Endpoint,
    natural_key: tuple[str, ...],
    time_field: str,
    asset_fields: tuple[str, ...],
    named_by: tuple[str, ...] = (),
) -> Stream:
    pages = ByNumber(
        page_size=100, window=_HALF_A_YEAR, number_param="current", total_at=("total",)
    )
    # Without a name the records must be in one answer, which counts those that are equal.
    answer = ByTime(page_size=100, window=_HALF_A_YEAR, total_at=("total",))
    return Stream(
        name=name,
        venue=VENUE,
        wallets=("spot",),
        endpoint=endpoint,
        style=pages if natural_key else answer,
        rows_at=("rows",),
        natural_key=natural_key,
        named_by=named_by,
        # Milliseconds, but the samples carry whole seconds only (?).
        time_field=time_field,
        time_resolution=SECOND,
        fixed_params=() if natural_key else (("current", "1"),),
        trailing=_LATE,
        too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
        asset_fields=asset_fields,
        raw_table=f"raw_{name}",
    )


FLEXIBLE_LOAN_BORROWS = _loans(
    "flexible_loan_borrows",
    sapi("/sapi/v2/loan/flexible/borrow/history", 400),
    ("borrowTime", "loanCoin", "initialLoanAmount", "collateralCoin"),
    "borrowTime",
    ("loanCoin", "collateralCoin"),
)
FLEXIBLE_LOAN_REPAYS = _loans(
    "flexible_loan_repays",
    sapi("/sapi/v2/loan/flexible/repay/history", 400),
    ("repayTime", "loanCoin", "repayAmount", "collateralCoin"),
    "repayTime",
    ("loanCoin", "collateralCoin"),
)
# They have no status and never change.
FLEXIBLE_LOAN_LTV_ADJUSTMENTS = _loans(
    "flexible_loan_ltv_adjustments",
    sapi("/sapi/v2/loan/flexible/ltv/adjustment/history", 400, by_account=True),
    (),
    "adjustTime",
    ("collateralCoin",),
    named_by=("adjustTime", "loanCoin", "collateralCoin", "direction", "collateralAmount"),
)
# What was pledged has left with the loan: only what is left of it comes back to spot.
FLEXIBLE_LOAN_LIQUIDATIONS = replace(
    _loans(
        "flexible_loan_liquidations",
        sapi("/sapi/v2/loan/flexible/liquidation/history", 400),
        ("liquidationStartingTime", "loanCoin", "collateralCoin"),
        "liquidationStartingTime",
        ("collateralCoin",),
    ),
    changes_unseen="no liquidation says when it ended and gave back what was left",
)
VIP_LOAN_REPAYS = _loans(
    "vip_loan_repays",
    sapi("/sapi/v1/loan/vip/repay/history", 400),
    ("orderId", "repayTime"),
    "repayTime",
    ("loanCoin",),
)
# The applications, and with them every loan that was paid out; only a master can apply.
VIP_LOAN_BORROWS = Stream(
    name="vip_loan_borrows",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/loan/vip/request/data", 400, by_account=True),
    # All there ever were: there is no window to ask for.
    style=ByNumber(page_size=100, number_param="current", total_at=("total",)),
    rows_at=("rows",),
    # Not orderId: what is pending may have none yet (?).
    natural_key=("requestId",),
    time_field="loanDate",
    time_resolution=SECOND,
    account_kind="master",
    asset_fields=("loanCoin",),
    changes_unseen="a loan may be dated to its day alone",
    raw_table="raw_vip_loan_borrows",
)

STREAMS: tuple[Stream, ...] = (
    FLEXIBLE_LOAN_BORROWS,
    FLEXIBLE_LOAN_REPAYS,
    FLEXIBLE_LOAN_LTV_ADJUSTMENTS,
    FLEXIBLE_LOAN_LIQUIDATIONS,
    VIP_LOAN_REPAYS,
    VIP_LOAN_BORROWS,
)
