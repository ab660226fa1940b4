"""Every stream of Binance that can move a spot or funding wallet, and the reference lists.

One declaration per kind of record; each number stands beside the reason for it. What the fields
mean stands in MAPPINGS.md. Streams that are not read yet are declared all the same: what they can
move is not proven without them (binance.md B8). Margin, futures, options and earn wallets are not
declared.
"""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, sapi_by_ip
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.http import Bucket, Endpoint
from coinfrs_pipelines.connectors.streams import (
    ById,
    ByNumber,
    ByOffset,
    ByTime,
    Stream,
    Whole,
    Window,
    unread,
)

VENUE = "binance"

SPOT_TRADES = Stream(
    name="spot_trades",
    venue=VENUE,
    wallets=("spot",),
    endpoint=Endpoint("/api/v3/myTrades", 20, SPOT_IP),
    # By id, because a window with both ends may span 24 hours only (-1127).
    style=ById(page_size=1000),
    # Ids are unique per symbol only; a self-trade may fill both sides under one id (C39, C45).
    natural_key=("symbol", "id", "isBuyer"),
    time_field="time",
    scope_rule="symbols",
    scope_param="symbol",
    trailing=timedelta(days=3),
    raw_table="raw_spot_trades",
)

# The span must be less than 90 days; 90 exactly fails (C10).
_CAPITAL_WINDOW = Window(widest=timedelta(days=89))

DEPOSITS = Stream(
    name="deposits",
    venue=VENUE,
    wallets=("spot", "funding"),
    endpoint=Endpoint(
        "/sapi/v1/capital/deposit/hisrec", 1, sapi_by_ip("/sapi/v1/capital/deposit/hisrec")
    ),
    style=ByOffset(page_size=1000, window=_CAPITAL_WINDOW),
    natural_key=("id",),
    # Milliseconds, but the samples carry whole seconds only (?).
    time_field="insertTime",
    time_resolution=timedelta(seconds=1),
    # Travel rule and wrong-deposit recovery credit weeks later, with insertTime in the past.
    trailing=timedelta(days=90),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
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
    trailing=timedelta(days=90),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_withdrawals",
)

ASSET_TRANSFERS = Stream(
    name="asset_transfers",
    venue=VENUE,
    wallets=("spot", "funding"),
    endpoint=Endpoint("/sapi/v1/asset/transfer", 1, sapi_by_ip("/sapi/v1/asset/transfer")),
    # No maximum is stated, 7 days is the default span (?): never ask for more.
    style=ByNumber(
        page_size=100,
        window=Window(widest=timedelta(days=7)),
        number_param="current",
        size_param="size",
        total_at=("total",),
    ),
    rows_at=("rows",),
    natural_key=("tranId",),
    time_field="timestamp",
    # One type, that is one direction, per call (C20).
    scope_rule="fixed",
    scopes=("MAIN_FUNDING", "FUNDING_MAIN"),
    scope_param="type",
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_asset_transfers",
)

# A transfer between accounts of a family is seen by the master or by the sub itself: one suffices.
_FAMILY_TRANSFERS = "sub_account_transfers"

UNIVERSAL_TRANSFERS = Stream(
    name="universal_transfers",
    venue=VENUE,
    wallets=("spot",),
    endpoint=Endpoint(
        "/sapi/v1/sub-account/universalTransfer",
        1,
        sapi_by_ip("/sapi/v1/sub-account/universalTransfer"),
    ),
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
    scope_param="fromEmail",
    alternative_group=_FAMILY_TRANSFERS,
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_universal_transfers",
)

SUB_ACCOUNT_TRANSFERS = Stream(
    name="sub_account_transfers",
    venue=VENUE,
    wallets=("spot",),
    endpoint=Endpoint(
        "/sapi/v1/sub-account/transfer/subUserHistory",
        1,
        sapi_by_ip("/sapi/v1/sub-account/transfer/subUserHistory"),
    ),
    # 30 days is the default; neither a maximum nor an order is stated (?), and there are no pages.
    style=ByTime(page_size=500, window=Window(widest=timedelta(days=30))),
    natural_key=("tranId",),
    time_field="time",
    # 1 is in, 2 is out; without a type only out is given.
    scope_rule="fixed",
    scopes=("1", "2"),
    scope_param="type",
    # Without it a transfer that fails later would vanish instead of changing.
    fixed_params=(("returnFailHistory", "true"),),
    alternative_group=_FAMILY_TRANSFERS,
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_sub_account_transfers",
)

SUB_ACCOUNTS = Stream(
    name="sub_accounts",
    venue=VENUE,
    endpoint=Endpoint("/sapi/v1/sub-account/list", 1, sapi_by_ip("/sapi/v1/sub-account/list")),
    # Without a limit one sub-account is given (C51).
    style=ByNumber(page_size=200),
    rows_at=("subAccounts",),
    natural_key=("subUserId",),
    time_field="createTime",
    raw_table="raw_sub_accounts",
)

SYMBOLS = Stream(
    name="symbols",
    venue=VENUE,
    endpoint=Endpoint("/api/v3/exchangeInfo", 20, SPOT_IP, signed=False),
    # Delisted symbols vanish from the list, so each day's list is archived as one record (C3).
    style=Whole(record_id="exchange_info"),
    rows_at=("symbols",),
    raw_table="raw_symbols",
)

# What is declared below can move these wallets and is not read yet (binance.md B3 to B5, B8).
_UNREAD = (
    unread(VENUE, "allocations", "spot"),
    # A prevented match of mode TRANSFER moves assets between accounts without a trade (C54).
    unread(VENUE, "prevented_matches", "spot"),
    unread(VENUE, "dividends", "spot"),
    unread(VENUE, "dust_conversions", "spot"),
    unread(VENUE, "conversions", "spot", "funding"),
    unread(VENUE, "fiat_orders", "spot"),
    unread(VENUE, "fiat_payments", "spot", "funding"),
    unread(VENUE, "pay_transactions", "spot", "funding"),
    unread(VENUE, "c2c_orders", "funding"),
    unread(VENUE, "rebates", "spot"),
    unread(VENUE, "cloud_mining_transfers", "spot", "funding"),
    unread(VENUE, "mining_payments", "funding"),
    unread(VENUE, "custody_transfers", "spot"),
    unread(VENUE, "stock_orders", "funding"),
    unread(VENUE, "nft_transactions", "spot", "funding"),
    # asset/transfer with the types that lead to or from wallets which are not read yet.
    unread(VENUE, "asset_transfers_margin", "spot", "funding"),
    unread(VENUE, "asset_transfers_futures", "spot", "funding"),
    unread(VENUE, "asset_transfers_options", "spot", "funding"),
    unread(VENUE, "asset_transfers_portfolio_margin", "spot"),
    unread(VENUE, "sub_account_futures_transfers", "spot"),
    unread(VENUE, "managed_sub_account_transfers", "spot"),
    unread(VENUE, "flexible_earn_subscriptions", "spot", "funding"),
    unread(VENUE, "flexible_earn_redemptions", "spot", "funding"),
    unread(VENUE, "flexible_earn_rewards", "spot"),
    unread(VENUE, "locked_earn_subscriptions", "spot", "funding"),
    unread(VENUE, "locked_earn_redemptions", "spot", "funding"),
    unread(VENUE, "locked_earn_rewards", "spot"),
    unread(VENUE, "eth_staking", "spot"),
    unread(VENUE, "sol_staking", "spot"),
    unread(VENUE, "onchain_yields", "spot"),
    unread(VENUE, "soft_staking_rewards", "spot"),
    unread(VENUE, "bfusd_rwusd", "spot", "funding"),
    unread(VENUE, "dual_investments", "spot", "funding"),
    unread(VENUE, "flexible_loans", "spot"),
    unread(VENUE, "vip_loans", "spot"),
    # No endpoint shows these at all; their wallets can be moved all the same (B5, B8).
    unread(VENUE, "gift_cards", "funding"),
    unread(VENUE, "card_spending", "funding"),
    unread(VENUE, "trading_bots_and_copy_trading", "spot"),
)

STREAMS: tuple[Stream, ...] = (
    SPOT_TRADES,
    DEPOSITS,
    WITHDRAWALS,
    ASSET_TRANSFERS,
    UNIVERSAL_TRANSFERS,
    SUB_ACCOUNT_TRANSFERS,
    SUB_ACCOUNTS,
    SYMBOLS,
    *_UNREAD,
)

# Readings of positions: what they cost. How they are taken stands in positions.py.
ACCOUNT = Endpoint("/api/v3/account", 20, SPOT_IP)
USER_ASSETS = Endpoint(
    "/sapi/v3/asset/getUserAsset", 5, sapi_by_ip("/sapi/v3/asset/getUserAsset"), "POST"
)
FUNDING_ASSETS = Endpoint(
    "/sapi/v1/asset/get-funding-asset", 1, sapi_by_ip("/sapi/v1/asset/get-funding-asset"), "POST"
)
# 2400 of 12,000: five calls a minute for all accounts of an IP address (D).
ACCOUNT_SNAPSHOT = Endpoint(
    "/sapi/v1/accountSnapshot", 2400, sapi_by_ip("/sapi/v1/accountSnapshot")
)
