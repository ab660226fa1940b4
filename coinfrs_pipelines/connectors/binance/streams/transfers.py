"""Transfers between the wallets of an account and between the accounts of a family."""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.binance.streams.styles import numbered
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.streams import ByNumber, ByTime, Stream, Window

# Every documented type but those of isolated margin, which need a pair and have their own list.
TRANSFER_TYPES = (
    *("MAIN_UMFUTURE", "MAIN_CMFUTURE", "MAIN_MARGIN", "MAIN_FUNDING", "MAIN_OPTION"),
    *("UMFUTURE_MAIN", "UMFUTURE_MARGIN", "UMFUTURE_FUNDING", "UMFUTURE_OPTION"),
    *("CMFUTURE_MAIN", "CMFUTURE_MARGIN", "CMFUTURE_FUNDING"),
    *("MARGIN_MAIN", "MARGIN_UMFUTURE", "MARGIN_CMFUTURE", "MARGIN_FUNDING", "MARGIN_OPTION"),
    *("FUNDING_MAIN", "FUNDING_UMFUTURE", "FUNDING_CMFUTURE", "FUNDING_MARGIN", "FUNDING_OPTION"),
    *("OPTION_MAIN", "OPTION_UMFUTURE", "OPTION_MARGIN", "OPTION_FUNDING"),
    *("MAIN_PORTFOLIO_MARGIN", "PORTFOLIO_MARGIN_MAIN"),
)

ASSET_TRANSFERS = Stream(
    name="asset_transfers",
    venue=VENUE,
    wallets=("spot", "funding", "portfolio_margin"),
    endpoint=sapi("/sapi/v1/asset/transfer", 1),
    retention=timedelta(days=180),
    # No maximum is stated, 7 days is the default span (?): never ask for more.
    style=numbered(Window(widest=timedelta(days=7))),
    rows_at=("rows",),
    natural_key=("tranId",),
    time_field="timestamp",
    # One type, that is one direction, per call (C20).
    scope_rule="fixed",
    scopes=TRANSFER_TYPES,
    scope_params=("type",),
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("asset",),
    raw_table="raw_asset_transfers",
)

# A transfer between accounts of a family is seen by the master or by the sub itself: one suffices.
_FAMILY_TRANSFERS = "sub_account_transfers"

UNIVERSAL_TRANSFERS = Stream(
    name="universal_transfers",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/sub-account/universalTransfer", 1),
    # Less than 7 days since 2026; it was 30 (C51).
    style=ByNumber(
        page_size=500, window=Window(widest=timedelta(days=6)), total_at=("totalCount",)
    ),
    rows_at=("result",),
    natural_key=("tranId",),
    time_field="createTimeStamp",
    # Every transfer has one sender: each e-mail as the sender, and the master's own, where neither
    # e-mail is sent (the empty scope), are all of them.
    scope_rule="emails",
    scope_params=("fromEmail",),
    alternative_group=_FAMILY_TRANSFERS,
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="master",
    product="sub_accounts",
    asset_fields=("asset",),
    raw_table="raw_universal_transfers",
)

SUB_ACCOUNT_TRANSFERS = Stream(
    name="sub_account_transfers",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/sub-account/transfer/subUserHistory", 1),
    # 30 days is the default; neither a maximum nor an order is stated (?), and there are no pages.
    style=ByTime(page_size=500, window=Window(widest=timedelta(days=30))),
    natural_key=("tranId",),
    time_field="time",
    # 1 is in, 2 is out; without a type only out is given.
    scope_rule="fixed",
    scopes=("1", "2"),
    scope_params=("type",),
    # Without it a transfer that fails later would vanish instead of changing.
    fixed_params=(("returnFailHistory", "true"),),
    alternative_group=_FAMILY_TRANSFERS,
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="sub_account",
    asset_fields=("asset",),
    raw_table="raw_sub_account_transfers",
)

STREAMS: tuple[Stream, ...] = (ASSET_TRANSFERS, UNIVERSAL_TRANSFERS, SUB_ACCOUNT_TRANSFERS)
