"""What moves the spot and funding wallets from outside the exchange of coins.

Investors of managed sub-accounts, a custodian, the markets of collectibles and of stocks. Few
accounts have a part in any of them, and nothing but the answer itself tells whether one has: what
the venue refuses for good, it refuses because there is no such part (?).
"""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.binance.streams.styles import numbered
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.streams import ByNumber, ByTime, Stream, Window

# No more than half a year, by pages of 500. That `count` counts all of them is not stated (?).
_MANAGED_STYLE = ByNumber(
    page_size=500, window=Window(widest=timedelta(days=179)), total_at=("count",)
)

# Which managed sub-accounts a master invests in: without the list nobody knows that there are none,
# so that it is required of the wallet as the transfers are.
MANAGED_SUB_ACCOUNTS = Stream(
    name="managed_sub_accounts",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/managed-subaccount/info", 60, by_account=True),
    style=ByNumber(page_size=20, total_at=("total",)),
    rows_at=("managerSubUserInfoVoList",),
    natural_key=("managersubUserId",),
    time_field="insertTimeStamp",
    account_kind="master",
    product="managed_sub_accounts",
    absent_if_refused=True,
    raw_table="raw_managed_sub_accounts",
)

# The investor's side. A trading team's master moves nothing of its own, so what it would be told
# (queryTransLogForTradeParent) is not read: the managed sub-account's own key tells it.
MANAGED_INVESTMENT_TRANSFERS = Stream(
    name="managed_investment_transfers",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/managed-subaccount/queryTransLogForInvestor", 1),
    style=_MANAGED_STYLE,
    rows_at=("managerSubTransferHistoryVos",),
    natural_key=("tranId",),
    time_field="createTime",
    time_resolution=timedelta(seconds=1),
    scope_rule="managed_emails",
    scope_params=("email",),
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="master",
    product="managed_investment_transfers",
    absent_if_refused=True,
    asset_fields=("asset",),
    raw_table="raw_managed_investment_transfers",
)

MANAGED_SUB_ACCOUNT_TRANSFERS = Stream(
    name="managed_sub_account_transfers",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/managed-subaccount/query-trans-log", 60, by_account=True),
    style=_MANAGED_STYLE,
    rows_at=("managerSubTransferHistoryVos",),
    natural_key=("tranId",),
    time_field="createTime",
    time_resolution=timedelta(seconds=1),
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="sub_account",
    product="managed_sub_account_transfers",
    absent_if_refused=True,
    asset_fields=("asset",),
    raw_table="raw_managed_sub_account_transfers",
)

# What a custodian (Ceffu's MirrorX) lends to a sub-account and takes back. Only its master may ask,
# sub-account by sub-account; what was delegated to a master itself is told to nobody.
CUSTODY_TRANSFERS = Stream(
    name="custody_transfers",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/asset/custody/transfer-history", 60),
    # No widest span is stated (?).
    style=numbered(Window(widest=timedelta(days=30))),
    rows_at=("rows",),
    natural_key=("clientTranId",),
    time_field="time",
    time_resolution=timedelta(seconds=1),
    scope_rule="own_email",
    scope_params=("email",),
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="master",
    product="custody_transfers",
    absent_if_refused=True,
    asset_fields=("asset",),
    raw_table="raw_custody_transfers",
)

NFT_TRANSACTIONS = Stream(
    name="nft_transactions",
    venue=VENUE,
    # No record says from which of the two; spot is assumed (?).
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/nft/history/transactions", 3000, by_account=True),
    # No more than 90 days, by pages of 50.
    style=ByNumber(page_size=50, window=Window(widest=timedelta(days=89)), total_at=("total",)),
    rows_at=("list",),
    natural_key=("orderNo",),
    time_field="tradeTime",
    time_resolution=timedelta(seconds=1),
    # 0 purchases, 1 sales, 2 royalties, 3 purchases on the primary market, 4 fees of minting; no
    # record says which it is.
    scope_in_key=True,
    scope_rule="fixed",
    scopes=("0", "1", "2", "3", "4"),
    scope_params=("orderType",),
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="nft_transactions",
    absent_if_refused=True,
    asset_fields=("tradeCurrency",),
    raw_table="raw_nft_transactions",
)

# Orders of stocks, with what was filled of them. Single fills (trade/history) tell no fee, and the
# same otherwise.
STOCK_ORDERS = Stream(
    name="stock_orders",
    venue=VENUE,
    # A purchase is paid from either, and no record says which; sales are paid into funding.
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/equity/order/history", 1),
    # No widest span is stated (?).
    style=numbered(Window(widest=timedelta(days=30))),
    rows_at=("rows",),
    natural_key=("orderId",),
    time_field="createdAt",
    # An order that is good till it is cancelled stays open for weeks.
    trailing=timedelta(days=27),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="stock_orders",
    absent_if_refused=True,
    asset_fields=("quote",),
    raw_table="raw_stock_orders",
)

# Stocks into tokens and back.
STOCK_CONVERSIONS = Stream(
    name="stock_conversions",
    venue=VENUE,
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/equity/tokenized/history", 1),
    style=ByTime(
        page_size=100,
        window=Window(widest=timedelta(days=30)),
        size_param="size",
        more_at=("hasMore",),
    ),
    rows_at=("rows",),
    natural_key=("issuerRequestId",),
    time_field="createdAt",
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="stock_conversions",
    absent_if_refused=True,
    asset_fields=("tokenizedAsset",),
    raw_table="raw_stock_conversions",
)

STREAMS: tuple[Stream, ...] = (
    MANAGED_SUB_ACCOUNTS,
    MANAGED_INVESTMENT_TRANSFERS,
    MANAGED_SUB_ACCOUNT_TRANSFERS,
    CUSTODY_TRANSFERS,
    NFT_TRANSACTIONS,
    STOCK_ORDERS,
    STOCK_CONVERSIONS,
)
