"""Futures and options: one ledger per wallet, each row a signed amount.

The income of a futures wallet is asked for without a type, so that one which nobody knows arrives
too; the known ones only tell the rows of a second apart that fills an answer (B7).
"""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import CM_IP, OPTIONS_IP, UM_IP, VENUE
from coinfrs_pipelines.connectors.binance.streams.styles import income
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import SECOND, ByTime, Stream, Window

# The documented types of both futures wallets, spelled as the venue spells them.
UM_INCOME_TYPES = (
    *("TRANSFER", "WELCOME_BONUS", "REALIZED_PNL", "FUNDING_FEE", "COMMISSION", "INSURANCE_CLEAR"),
    *("REFERRAL_KICKBACK", "COMMISSION_REBATE", "API_REBATE", "CONTEST_REWARD"),
    *("CROSS_COLLATERAL_TRANSFER", "OPTIONS_PREMIUM_FEE", "OPTIONS_SETTLE_PROFIT"),
    *("INTERNAL_TRANSFER", "AUTO_EXCHANGE", "DELIVERED_SETTELMENT", "COIN_SWAP_DEPOSIT"),
    *("COIN_SWAP_WITHDRAW", "POSITION_LIMIT_INCREASE_FEE", "STRATEGY_UMFUTURES_TRANSFER"),
    *("FEE_RETURN", "BFUSD_REWARD", "SPECIAL_FUNDING_FEE"),
)
CM_INCOME_TYPES = (
    *("TRANSFER", "WELCOME_BONUS", "FUNDING_FEE", "REALIZED_PNL", "COMMISSION", "INSURANCE_CLEAR"),
    "DELIVERED_SETTELMENT",
)
# Trades and commissions of one fill share their tranId, which is unique within a type only (C12).
INCOME_KEY = ("incomeType", "tranId", "asset", "symbol", "tradeId")
# Three months, the shortest of which have 89 days.
RETENTION = timedelta(days=89)
# Orders were seen in a futures history only hours later (C6).
TRAILING = timedelta(days=3)

UM_INCOME = Stream(
    name="um_income",
    venue=VENUE,
    wallets=("um_futures",),
    endpoint=Endpoint("/fapi/v1/income", 30, UM_IP, api="um"),
    # Seven days is the default span, and no wider one is known to be answered (?).
    style=income(timedelta(days=6), UM_INCOME_TYPES),
    natural_key=INCOME_KEY,
    empty_keys=("symbol", "tradeId"),
    # Milliseconds that are always whole seconds (C13).
    time_field="time",
    time_resolution=SECOND,
    product="futures",
    retention=RETENTION,
    trailing=TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_um_income",
)

CM_INCOME = Stream(
    name="cm_income",
    venue=VENUE,
    wallets=("cm_futures",),
    endpoint=Endpoint("/dapi/v1/income", 20, CM_IP, api="cm"),
    # A year at most; what is older than that is not known to be served (?).
    style=income(timedelta(days=180), CM_INCOME_TYPES),
    natural_key=INCOME_KEY,
    empty_keys=("symbol", "tradeId"),
    time_field="time",
    time_resolution=SECOND,
    product="futures",
    retention=timedelta(days=364),
    trailing=TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_cm_income",
)

OPTION_BILLS = Stream(
    name="option_bills",
    venue=VENUE,
    wallets=("options",),
    endpoint=Endpoint("/eapi/v1/bill", 1, OPTIONS_IP, api="options"),
    # Neither an order nor whether the bounds belong to the span is stated, nor a widest span (?).
    # A walk by `recordId` would prove more than the three months that are kept.
    style=ByTime(page_size=1000, window=Window(widest=timedelta(days=30), bounds_known=False)),
    # The only currency there is.
    fixed_params=(("currency", "USDT"),),
    # The published sample repeats an id: a contract and its fee may share one (?).
    natural_key=("id", "type"),
    # The samples carry whole seconds only (?).
    time_field="createDate",
    time_resolution=SECOND,
    product="options",
    retention=RETENTION,
    trailing=TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    raw_table="raw_option_bills",
)

STREAMS: tuple[Stream, ...] = (UM_INCOME, CM_INCOME, OPTION_BILLS)
