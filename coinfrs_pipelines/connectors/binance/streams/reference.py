"""What the accounts and the exchange are: lists that move nothing and decide what is read."""

import json

from coinfrs_pipelines.connectors.binance.auth import SPOT_IP, VENUE, sapi
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import ByNumber, Stream, Whole

# Which accounts a master asks about: a list from before the closing may lack one that has moved
# something by then, so that it is required of the wallet as the transfers are.
SUB_ACCOUNTS = Stream(
    name="sub_accounts",
    venue=VENUE,
    wallets=("spot",),
    endpoint=sapi("/sapi/v1/sub-account/list", 1),
    # Without a limit one sub-account is given (C51).
    style=ByNumber(page_size=200),
    rows_at=("subAccounts",),
    natural_key=("subUserId",),
    time_field="createTime",
    account_kind="master",
    product="sub_accounts",
    changes_unseen="a sub-account is made",
    raw_table="raw_sub_accounts",
)

# Without `permissions` only pairs with one of the first three are listed (B1). The groups are those
# of the official client's enumeration: a pair of a group that is not named here is not seen.
PERMISSIONS = (
    *("SPOT", "MARGIN", "LEVERAGED"),
    *(f"TRD_GRP_{number:03}" for number in range(2, 26)),
)

SYMBOLS = Stream(
    name="symbols",
    venue=VENUE,
    endpoint=Endpoint("/api/v3/exchangeInfo", 20, SPOT_IP, signed=False),
    # Delisted symbols vanish from the list, so each day's list is archived as one record (C3).
    style=Whole(record_id="exchange_info"),
    rows_at=("symbols",),
    fixed_params=(("permissions", json.dumps(PERMISSIONS, separators=(",", ":"))),),
    raw_table="raw_symbols",
)

DELISTINGS = Stream(
    name="delistings",
    venue=VENUE,
    # Market data: the key alone would do; the older official client signs it, and so does this.
    endpoint=sapi("/sapi/v1/spot/delist-schedule", 100),
    # What is past is not told any more (?), so each day's schedule is archived as one record.
    style=Whole(record_id="delist_schedule"),
    raw_table="raw_delistings",
)

COINS = Stream(
    name="coins",
    venue=VENUE,
    endpoint=sapi("/sapi/v1/capital/config/getall", 10),
    # Tells LD tokens from coins whose names begin so (C17); archived, for a coin may be delisted.
    style=Whole(record_id="coins"),
    raw_table="raw_coins",
)

ACCOUNT_INFO = Stream(
    name="account_info",
    venue=VENUE,
    endpoint=sapi("/sapi/v1/account/info", 1),
    # Which products the account has: without it -2015 could be a broken key or a wallet (A4, C9).
    style=Whole(record_id="account_info"),
    changes_unseen="an account gains or loses a product",
    raw_table="raw_account_info",
)

STREAMS: tuple[Stream, ...] = (SUB_ACCOUNTS, SYMBOLS, DELISTINGS, COINS, ACCOUNT_INFO)
