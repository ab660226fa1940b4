"""The accounts of an emulated Binance family and their API keys.

Uids, e-mails and keys come from the seed and the world's index alone. The secrets open nothing but
an emulator.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

FIRST_UID = 354_000_000
UIDS_PER_WORLD = 1_000
# Of the managed sub-account that a master invests in: with its own uid, they are nobody else's.
FIRST_INVESTMENT_UID = 1_000_000_000_000

# The flags of apiRestrictions in the order of the official sample; a key may only read by default.
READ_ONLY: Mapping[str, bool] = {
    "ipRestrict": False,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "permitsUniversalTransfer": False,
    "enableVanillaOptions": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": False,
    "enableSpotAndMarginTrading": False,
    "enablePortfolioMarginTrading": False,
}


Product = Literal["margin", "futures", "options", "portfolio_margin"]
EVERY_PRODUCT: frozenset[Product] = frozenset({"margin", "futures", "options", "portfolio_margin"})
MARGIN_AND_FUTURES: frozenset[Product] = frozenset({"margin", "futures"})


@dataclass(frozen=True)
class Account:
    """A master or a sub-account."""

    uid: int
    name: str
    email: str
    kind: str
    created_at: datetime
    # What was opened beside spot, funding and earn.
    products: frozenset[Product] = frozenset()
    # Whether its funds are an investor's, who is no account of the world.
    is_managed: bool = False
    # Whether a custodian lends it what it trades with.
    has_custodian: bool = False
    # Whether commissions are paid in BNB while there is some (the venue's spotBNBBurn).
    burns_bnb: bool = True

    @property
    def is_master(self) -> bool:
        """Return whether this is the family's master."""
        return self.kind == "master"


@dataclass(frozen=True)
class ApiKey:
    """An API key of one account, with what it permits."""

    account: Account
    api_key: str
    secret: str = field(repr=False)
    permissions: Mapping[str, bool]
    created_at: datetime


def family(index: int, created_at: datetime) -> tuple[Account, Account, Account]:
    """Make the master and the two sub-accounts of the world with this index."""
    uid = FIRST_UID + index * UIDS_PER_WORLD
    domain = f"w{index}.example.com"
    return (
        Account(
            uid + 1,
            "treasury",
            f"treasury@{domain}",
            "master",
            created_at,
            products=EVERY_PRODUCT,
        ),
        # The plus sign and the at sign have to survive the signature and the query string.
        Account(
            uid + 2,
            "market making",
            f"desk+making@{domain}",
            "sub_account",
            created_at,
            products=MARGIN_AND_FUTURES,
            has_custodian=True,
        ),
        # It has spot, funding and earn only, and trades for somebody else.
        Account(
            uid + 3,
            "arbitrage",
            f"desk+arbitrage@{domain}",
            "sub_account",
            created_at,
            is_managed=True,
            burns_bnb=False,
        ),
    )


def invested_in(master: Account) -> str:
    """Return the e-mail of the managed sub-account that a master invests in."""
    return f"test_{master.uid}_virtual@kq3kno9imanagedsub.com"


def investor_of(managed: Account) -> str:
    """Return the e-mail of the master that invests in a managed sub-account."""
    return f"investor+{managed.uid}@example.com"


def make_key(
    account: Account, seed: int, number: int, permissions: Mapping[str, bool], created_at: datetime
) -> ApiKey:
    """Make the account's `number`-th key: 64 characters each, as Binance's are."""

    def letters(what: str) -> str:
        return hashlib.sha256(f"{what}/{seed}/{account.uid}/{number}".encode()).hexdigest()

    return ApiKey(
        account, letters("key"), letters("secret"), {**READ_ONLY, **permissions}, created_at
    )
