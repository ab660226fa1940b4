"""Deposits from and withdrawals to the outside."""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.http import Bucket, Endpoint
from coinfrs_pipelines.connectors.streams import ByOffset, Stream, Window

# The span must be less than 90 days; 90 exactly fails (C10).
_CAPITAL_WINDOW = Window(widest=timedelta(days=89))
# As much as one request of a day holds: the day that is closed and the one it is closed on are two.
_TRAILING = timedelta(days=87)
DEPOSITS = Stream(
    name="deposits",
    venue=VENUE,
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/capital/deposit/hisrec", 1),
    style=ByOffset(page_size=1000, window=_CAPITAL_WINDOW),
    natural_key=("id",),
    # Milliseconds, but the samples carry whole seconds only (?).
    time_field="insertTime",
    time_resolution=timedelta(seconds=1),
    # Travel rule and wrong-deposit recovery credit weeks later, with insertTime in the past.
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("coin",),
    raw_table="raw_deposits",
)

WITHDRAWALS = Stream(
    name="withdrawals",
    venue=VENUE,
    wallets=("spot", "funding"),
    # 18,000 of 180,000 in each second: ten calls a second, more is a ban (C53).
    endpoint=Endpoint(
        "/sapi/v1/capital/withdraw/history",
        18_000,
        Bucket(
            "sapi-account-second:/sapi/v1/capital/withdraw/history",
            180_000,
            window_seconds=1,
            per_account=True,
        ),
    ),
    style=ByOffset(page_size=1000, window=_CAPITAL_WINDOW),
    natural_key=("id",),
    # UTC text without a zone, in whole seconds (C48).
    time_field="applyTime",
    time_format="utc_text",
    time_resolution=timedelta(seconds=1),
    # A status changes for days after the application.
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("coin",),
    changes_unseen="a withdrawal may return to the wallet",
    raw_table="raw_withdrawals",
)

STREAMS: tuple[Stream, ...] = (DEPOSITS, WITHDRAWALS)
