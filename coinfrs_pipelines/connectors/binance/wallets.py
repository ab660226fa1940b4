"""Which lists tell the positions of each Binance wallet, and what they cost.

One declaration per wallet. How a list is read whole stands in `positions.py`; which field is which
component of a cell, in the staging views of the captures.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from coinfrs_pipelines.connectors.binance.auth import CM_IP, OPTIONS_IP, PM_IP, SPOT_IP, UM_IP, sapi
from coinfrs_pipelines.connectors.http import Endpoint
from coinfrs_pipelines.connectors.streams import Product

# The amounts of each asset of a list, in the order of the list's fields; None is no number.
Amounts = dict[str, tuple[Decimal | None, ...]]


@dataclass(frozen=True)
class BalanceList:
    """One list of balances: where it is asked, where its rows stand, and the fields that count.

    With a `page_size` it comes in pages (`current`, `size`, and `total` rows in all). Only a list
    of positions may name an asset more than once (`is_summed`).
    """

    name: str
    endpoint: Endpoint
    fields: tuple[str, ...]
    rows_at: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    page_size: int | None = None
    is_summed: bool = False


@dataclass(frozen=True)
class Wallet:
    """A wallet and the lists that are read, one after the other, as one reading of it.

    `account_type` is the venue's word for it. `control` names the assets in which the lists
    contradict each other. With `is_per_pair` the one list has a row per isolated pair, and each
    pair is a wallet of its own.
    """

    name: str
    account_type: str
    lists: tuple[BalanceList, ...]
    product: Product | None = None
    control: Callable[[list[Amounts]], Iterable[str]] = lambda _lists: ()
    is_per_pair: bool = False


def differing(one: Amounts, two: Amounts) -> set[str]:
    """Return the assets whose amounts differ; an asset that is not listed is zero."""
    return {
        asset
        for asset in one.keys() | two.keys()
        if any(one.get(asset, ())) or any(two.get(asset, ()))
        if one.get(asset) != two.get(asset)
    }


def _account_against_user_assets(lists: list[Amounts]) -> Iterable[str]:
    account, user_assets = lists
    held = {asset: amounts[:2] for asset, amounts in user_assets.items()}
    # Flexible earn is shown as LD<asset> by the account; that the list of user assets leaves it out
    # is assumed to be possible (?), so its absence there is no disagreement.
    earn = {asset for asset in account if asset.startswith("LD") and asset not in held}
    return differing({k: v for k, v in account.items() if k not in earn}, held)


SPOT = Wallet(
    name="spot",
    account_type="SPOT",
    lists=(
        BalanceList(
            "account",
            Endpoint("/api/v3/account", 20, SPOT_IP),
            ("free", "locked"),
            rows_at=("balances",),
            params=(("omitZeroBalances", "true"),),
        ),
        BalanceList(
            "user_assets",
            sapi("/sapi/v3/asset/getUserAsset", 5, method="POST"),
            ("free", "locked", "freeze", "withdrawing"),
        ),
    ),
    control=_account_against_user_assets,
)

FUNDING = Wallet(
    name="funding",
    account_type="FUNDING",
    lists=(
        BalanceList(
            "funding_assets",
            sapi("/sapi/v1/asset/get-funding-asset", 1, method="POST"),
            ("free", "locked", "freeze", "withdrawing"),
        ),
    ),
)

# A position is in one product; an asset may be in several of them.
EARN_FLEXIBLE = Wallet(
    name="earn_flexible",
    account_type="EARN_FLEXIBLE",
    lists=(
        BalanceList(
            "flexible_positions",
            sapi("/sapi/v1/simple-earn/flexible/position", 150),
            ("totalAmount", "collateralAmount"),
            rows_at=("rows",),
            page_size=100,
            is_summed=True,
        ),
    ),
)

# Every subscription is a position of its own.
EARN_LOCKED = Wallet(
    name="earn_locked",
    account_type="EARN_LOCKED",
    lists=(
        BalanceList(
            "locked_positions",
            sapi("/sapi/v1/simple-earn/locked/position", 150),
            ("amount",),
            rows_at=("rows",),
            page_size=100,
            is_summed=True,
        ),
    ),
)

MARGIN_FIELDS = ("free", "locked", "borrowed", "interest")

CROSS_MARGIN = Wallet(
    name="cross_margin",
    account_type="CROSS_MARGIN",
    lists=(
        BalanceList(
            "margin_account",
            sapi("/sapi/v1/margin/account", 10),
            MARGIN_FIELDS,
            rows_at=("userAssets",),
        ),
    ),
    product="margin",
)

# Without `symbols` all pairs of the account are listed.
ISOLATED_MARGIN = Wallet(
    name="isolated_margin",
    account_type="ISOLATED_MARGIN",
    lists=(
        BalanceList(
            "isolated_account",
            sapi("/sapi/v1/margin/isolated/account", 10),
            MARGIN_FIELDS,
            rows_at=("assets",),
        ),
    ),
    product="margin",
    is_per_pair=True,
)

# What open positions would bring stands beside the balance: it moves all the time and is not
# compared.
UM_FUTURES = Wallet(
    name="um_futures",
    account_type="USDT_FUTURE",
    lists=(
        BalanceList("um_balance", Endpoint("/fapi/v3/balance", 5, UM_IP, api="um"), ("balance",)),
    ),
    product="futures",
)

CM_FUTURES = Wallet(
    name="cm_futures",
    account_type="COIN_FUTURE",
    lists=(
        BalanceList("cm_balance", Endpoint("/dapi/v1/balance", 1, CM_IP, api="cm"), ("balance",)),
    ),
    product="futures",
)

OPTIONS = Wallet(
    name="options",
    account_type="OPTION",
    # The equity is this and the unrealised result; the balance itself is told nowhere else (?).
    lists=(
        BalanceList(
            "option_account",
            Endpoint("/eapi/v1/marginAccount", 3, OPTIONS_IP, api="options"),
            ("marginBalance",),
            rows_at=("asset",),
        ),
    ),
    product="options",
)

# Three ledgers of one wallet. What is free and locked of the first is its `crossMarginAsset`.
PORTFOLIO_MARGIN = Wallet(
    name="portfolio_margin",
    account_type="PORTFOLIO_MARGIN",
    lists=(
        BalanceList(
            "pm_balance",
            Endpoint("/papi/v1/balance", 20, PM_IP, api="pm"),
            (
                *("crossMarginFree", "crossMarginLocked", "crossMarginBorrowed"),
                *("crossMarginInterest", "umWalletBalance", "cmWalletBalance"),
            ),
        ),
    ),
    product="portfolio_margin",
)

WALLETS: tuple[Wallet, ...] = (
    SPOT,
    FUNDING,
    EARN_FLEXIBLE,
    EARN_LOCKED,
    CROSS_MARGIN,
    ISOLATED_MARGIN,
    UM_FUTURES,
    CM_FUTURES,
    OPTIONS,
    PORTFOLIO_MARGIN,
)

# The venue's own snapshots: which wallet each type of them is of, and the product it needs (D).
SNAPSHOT_WALLETS: dict[str, tuple[str, Product | None]] = {
    "SPOT": ("spot", None),
    "MARGIN": ("cross_margin", "margin"),
    "FUTURES": ("um_futures", "futures"),
}
# 2400 of 12,000: five calls a minute for all accounts of an IP address (D).
ACCOUNT_SNAPSHOT = sapi("/sapi/v1/accountSnapshot", 2400)
