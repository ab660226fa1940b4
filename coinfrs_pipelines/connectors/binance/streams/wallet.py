"""What else moves the spot and funding wallets: conversions, and what the venue pays or takes."""

from datetime import timedelta

from coinfrs_pipelines.connectors.binance.auth import VENUE, sapi
from coinfrs_pipelines.connectors.binance.streams.styles import numbered
from coinfrs_pipelines.connectors.errors import BINANCE_WINDOW_TOO_WIDE
from coinfrs_pipelines.connectors.streams import ByTime, Latest, Stream, Window

DIVIDENDS = Stream(
    name="dividends",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/asset/assetDividend", 10),
    # No more than 180 days, and no pages: what a window holds beyond 500 rows has to be halved.
    style=ByTime(page_size=500, window=Window(widest=timedelta(days=179)), total_at=("total",)),
    rows_at=("rows",),
    # Not tranId: one payment of several assets is several rows of one tranId.
    natural_key=("id",),
    # Milliseconds, but the samples carry whole seconds only (?).
    time_field="divTime",
    time_resolution=timedelta(seconds=1),
    # divTime is when it accrued; the row may be written later (?).
    trailing=timedelta(days=30),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("asset",),
    raw_table="raw_dividends",
)

# Dust of cross margin (accountType MARGIN) is told by the margin wallet's own capital flow.
DUST_CONVERSIONS = Stream(
    name="dust_conversions",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/asset/dribblet", 1),
    # The last 100 and no pages: a day with more of them is not proven (C28).
    style=Latest(page_size=100, total_at=("total",)),
    rows_at=("userAssetDribblets",),
    # The outer one; the details have another transId.
    natural_key=("transId",),
    time_field="operateTime",
    time_resolution=timedelta(seconds=1),
    fixed_params=(("accountType", "SPOT"),),
    asset_fields=(
        "userAssetDribbletDetails[*].fromAsset",
        "userAssetDribbletDetails[*].targetAsset",
    ),
    raw_table="raw_dust_conversions",
)

CONVERSIONS = Stream(
    name="conversions",
    venue=VENUE,
    # No record says from which of the two; spot is assumed (?).
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/convert/tradeFlow", 3000, by_account=True),
    # More than 30 days is answered with an empty list (C31).
    style=ByTime(page_size=1000, window=Window(widest=timedelta(days=29)), more_at=("moreData",)),
    rows_at=("list",),
    natural_key=("orderId",),
    time_field="createTime",
    # A limit order stays open for 30 days at most.
    trailing=timedelta(days=30),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("fromAsset", "toAsset"),
    changes_unseen="no record says when it was filled",
    raw_table="raw_conversions",
)

REBATES = Stream(
    name="rebates",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/rebate/taxQuery", 12_000, by_account=True),
    # Pages of 200 that nothing names the size of, and records without ids: one page per window.
    style=ByTime(
        page_size=200,
        window=Window(widest=timedelta(days=29)),
        size_param="",
        total_at=("data", "totalRecords"),
    ),
    rows_at=("data", "data"),
    named_by=("updateTime", "asset", "type", "amount"),
    time_field="updateTime",
    time_resolution=timedelta(seconds=1),
    trailing=timedelta(days=27),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    account_kind="master",
    asset_fields=("asset",),
    raw_table="raw_rebates",
)

CLOUD_MINING_TRANSFERS = Stream(
    name="cloud_mining_transfers",
    venue=VENUE,
    # No record says from which of the two; spot is assumed (?).
    wallets=("spot", "funding"),
    endpoint=sapi("/sapi/v1/asset/ledger-transfer/cloud-mining/queryByPage", 600, by_account=True),
    # endTime is exclusive, and no widest span is stated (?).
    style=numbered(Window(widest=timedelta(days=30), bounds_known=False)),
    rows_at=("rows",),
    natural_key=("tranId",),
    time_field="createTime",
    time_resolution=timedelta(seconds=1),
    trailing=timedelta(days=3),
    too_wide_codes=BINANCE_WINDOW_TOO_WIDE,
    asset_fields=("asset",),
    raw_table="raw_cloud_mining_transfers",
)

STREAMS: tuple[Stream, ...] = (
    DIVIDENDS,
    DUST_CONVERSIONS,
    CONVERSIONS,
    REBATES,
    CLOUD_MINING_TRANSFERS,
)
