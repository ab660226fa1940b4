"""Payments in fiat, to and from others by Pay, and trades between users."""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.streams import ByNumber, ByTime, Stream, Window

# Only the default of 30 days is stated (?): never ask for more.
_FIAT_STYLE = ByNumber(
    page_size=500,
    window=Window(widest=timedelta(days=30), start_param="beginTime"),
    size_param="rows",
    total_at=("total",),
)

_FIAT_TRAILING = timedelta(days=28)

FIAT_ORDERS = Stream(
    name="fiat_orders",
    venue=VENUE,
    wallets=("spot",),
    # Four calls a minute.
    endpoint=sapi("/sapi/v1/fiat/orders", 45_000, by_account=True),
    style=_FIAT_STYLE,
    rows_at=("data",),
    natural_key=("orderNo",),
    time_field="createTime",
    time_resolution=timedelta(seconds=1),
    # 0 deposits, 1 withdrawals; no record says which it is.
    scope_in_key=True,
    scope_rule="fixed",
    scopes=("0", "1"),
    scope_params=("transactionType",),
    # They settle days later: as much as one request of a day holds, of four that a minute allows.
    trailing=_FIAT_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    # Whether a sub-account's key may ask, and has any, is not stated (?).
    account_kind="master",
    asset_fields=("fiatCurrency",),
    raw_table="raw_fiat_orders",
)

FIAT_PAYMENTS = Stream(
    name="fiat_payments",
    venue=VENUE,
    # No record says where the coins are; spot is assumed (?).
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/fiat/payments", 1),
    style=_FIAT_STYLE,
    rows_at=("data",),
    natural_key=("orderNo",),
    time_field="createTime",
    time_resolution=timedelta(seconds=1),
    # 0 buys, 1 sales; no record says which it is.
    scope_in_key=True,
    scope_rule="fixed",
    scopes=("0", "1"),
    scope_params=("transactionType",),
    trailing=_FIAT_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="master",
    asset_fields=("fiatCurrency", "cryptoCurrency"),
    raw_table="raw_fiat_payments",
)

PAY_TRANSACTIONS = Stream(
    name="pay_transactions",
    venue=VENUE,
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/pay/transactions", 3000, by_account=True),
    retention=timedelta(days=540),
    # 90 days at most, and no pages: a window that fills the answer is halved.
    style=ByTime(page_size=100, window=Window(widest=timedelta(days=89))),
    rows_at=("data",),
    natural_key=("transactionId",),
    time_field="transactionTime",
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("currency", "fundsDetail[*].currency"),
    raw_table="raw_pay_transactions",
)

C2C_ORDERS = Stream(
    name="c2c_orders",
    venue=VENUE,
    wallets=("funding",),
    endpoint=sapi("/sapi/v1/c2c/orderMatch/listUserOrderHistory", 1),
    retention=timedelta(days=180),
    style=ByNumber(
        page_size=100,
        window=Window(
            widest=timedelta(days=29), start_param="startTimestamp", end_param="endTimestamp"
        ),
        size_param="rows",
        total_at=("total",),
    ),
    rows_at=("data",),
    natural_key=("orderNumber",),
    time_field="createTime",
    time_resolution=timedelta(seconds=1),
    # Without a side only one of them is given.
    scope_rule="fixed",
    scopes=("BUY", "SELL"),
    scope_params=("tradeType",),
    # An order in dispute stays open for days.
    trailing=timedelta(days=27),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="master",
    changes_unseen="no record says when it was completed",
    raw_table="raw_c2c_orders",
)

STREAMS: tuple[Stream, ...] = (FIAT_ORDERS, FIAT_PAYMENTS, PAY_TRANSACTIONS, C2C_ORDERS)
