"""Cross and isolated margin: balances by capital flow, loans and interest by lists of their own.

Which stream tells which component stands in MAPPINGS.md; no leg is told twice. Fills are not read:
capital flow tells what they moved, for all symbols at once.
"""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.binance.streams.styles import numbered
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.streams import SECOND, ByTime, Stream, Window

_MARGIN = ("cross_margin", "isolated_margin")
# 7 days at most where no asset is asked for: -4047 in one list, silently less in the other.
_WEEK = Window(widest=timedelta(days=6))
# 30 days at most.
_MONTH = Window(widest=timedelta(days=29))
# 90 days are told, and the edge moves on while a request waits: less of them is claimed.
_RETENTION = timedelta(days=89)
_TRAILING = timedelta(days=3)

MARGIN_CAPITAL_FLOWS = Stream(
    name="margin_capital_flows",
    venue=VENUE,
    wallets=_MARGIN,
    endpoint=sapi("/sapi/v1/margin/capital-flow", 100),
    retention=_RETENTION,
    # Without fromId the latest rows of the window: a full answer is halved. The order is not told.
    style=ByTime(page_size=1000, window=_WEEK),
    # Ids of cross margin and of the pairs may be of different ranges (?): tranId tells them apart.
    natural_key=("id", "tranId"),
    time_field="timestamp",
    # Without a symbol cross margin alone is shown.
    scope_rule="margin_pairs",
    scope_params=("symbol",),
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="margin",
    raw_table="raw_margin_capital_flows",
)

MARGIN_BORROW_REPAYS = Stream(
    name="margin_borrow_repays",
    venue=VENUE,
    wallets=_MARGIN,
    endpoint=sapi("/sapi/v1/margin/borrow-repay", 10),
    style=numbered(_WEEK),
    rows_at=("rows",),
    natural_key=("txId", "asset"),
    time_field="timestamp",
    # A row does not say whether it is a loan or a repayment: the question does.
    scope_in_key=True,
    scope_rule="margin_pairs",
    scopes=("BORROW", "REPAY"),
    scope_params=("type", "isolatedSymbol"),
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="margin",
    raw_table="raw_margin_borrow_repays",
)

MARGIN_INTERESTS = Stream(
    name="margin_interests",
    venue=VENUE,
    wallets=_MARGIN,
    endpoint=sapi("/sapi/v1/margin/interestHistory", 1),
    retention=_RETENTION,
    style=numbered(_MONTH),
    rows_at=("rows",),
    natural_key=("txId",),
    time_field="interestAccuredTime",
    scope_rule="margin_pairs",
    scope_params=("isolatedSymbol",),
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="margin",
    raw_table="raw_margin_interests",
)

MARGIN_TRANSFERS = Stream(
    name="margin_transfers",
    venue=VENUE,
    # Of transfers with a pair only: asset_transfers tells the others, capital flow the margin side.
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/margin/transfer", 1),
    style=numbered(_MONTH),
    rows_at=("rows",),
    # A transfer between cross margin and a pair is in both lists: out of one, into the other.
    natural_key=("txId", "type"),
    # Some published rows tell seconds, others milliseconds (B0.5).
    time_field="timestamp",
    time_resolution=SECOND,
    scope_rule="margin_pairs",
    scope_params=("isolatedSymbol",),
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="margin",
    asset_fields=("asset",),
    raw_table="raw_margin_transfers",
)

MARGIN_SMALL_LIABILITY_EXCHANGES = Stream(
    name="margin_small_liability_exchanges",
    venue=VENUE,
    wallets=("cross_margin",),
    endpoint=sapi("/sapi/v1/margin/exchange-small-liability-history", 100, by_account=True),
    # Rows have no id, so that no page may end between two equal ones. No widest window is told (?).
    style=ByTime(page_size=100, window=_MONTH, size_param="size", total_at=("total",)),
    rows_at=("rows",),
    fixed_params=(("current", "1"),),
    named_by=("timestamp", "asset", "amount", "targetAsset", "targetAmount", "bizType"),
    time_field="timestamp",
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="margin",
    raw_table="raw_margin_small_liability_exchanges",
)

MARGIN_LIQUIDATION_REPAYS = Stream(
    name="margin_liquidation_repays",
    venue=VENUE,
    # What a bankrupt account still owes is paid from its spot wallet.
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/margin/liquidation-loan/repay-history", 100, by_account=True),
    retention=_RETENTION,
    # The largest page is not told; 50 is the default.
    style=numbered(Window(widest=timedelta(days=89)), 50),
    rows_at=("rows",),
    natural_key=("repayId",),
    time_field="createTime",
    # A repayment is pending for a while; one that fails vanishes.
    trailing=_TRAILING,
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    product="margin",
    asset_fields=("asset",),
    raw_table="raw_margin_liquidation_repays",
)

# What the venue forgets soonest stands first.
STREAMS: tuple[Stream, ...] = (
    MARGIN_CAPITAL_FLOWS,
    MARGIN_INTERESTS,
    MARGIN_LIQUIDATION_REPAYS,
    MARGIN_BORROW_REPAYS,
    MARGIN_TRANSFERS,
    MARGIN_SMALL_LIABILITY_EXCHANGES,
)
