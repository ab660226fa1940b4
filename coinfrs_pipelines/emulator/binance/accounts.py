"""The accounts of an emulated Binance family and their API keys.

Uids, e-mails and keys come from the seed and the world's index alone. The secrets open nothing but
an emulator.
"""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

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


KeyKind = Literal["hmac", "ed25519", "rsa"]
KEY_KINDS: tuple[KeyKind, ...] = ("hmac", "ed25519", "rsa")
_RSA_BITS = 2048


@dataclass(frozen=True)
class ApiKey:
    """An API key of one account, with what it permits.

    Of an Ed25519 or RSA key the venue has the public half alone; here the world hands the private
    one out in its credentials, and signatures are verified with the public one.
    """

    account: Account
    api_key: str
    secret: str = field(repr=False)
    permissions: Mapping[str, bool]
    created_at: datetime
    kind: KeyKind = "hmac"
    private_key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | None = field(
        repr=False, default=None
    )

    @cached_property
    def private_key_pem(self) -> str:
        """The private key as PKCS#8 PEM, which is what the venue's instructions produce."""
        assert self.private_key is not None  # noqa: S101  # Keys of a kind that has none have a secret.
        return self.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def credential(self) -> dict[str, str]:
        """Return what its holder has: the key, and the secret or the private key."""
        if self.private_key is None:
            return {"api_key": self.api_key, "api_secret": self.secret}
        return {"api_key": self.api_key, "private_key_pem": self.private_key_pem}

    def has_signed(self, payload: str, signature: str) -> bool:
        """Return whether the signature, as it came in the query, is the key's.

        HMAC is hex in either case; the others are base64, percent-encoded, case-sensitive.
        """
        if self.private_key is None:
            expected = hmac.new(self.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
            return hmac.compare_digest(expected.encode(), signature.lower().encode())
        try:
            signed = b64decode(unquote(signature), validate=True)
            if isinstance(self.private_key, rsa.RSAPrivateKey):
                self.private_key.public_key().verify(
                    signed, payload.encode(), padding.PKCS1v15(), hashes.SHA256()
                )
            else:
                self.private_key.public_key().verify(signed, payload.encode())
        except (Base64Error, ValueError, InvalidSignature):
            return False
        return True


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
    account: Account,
    seed: int,
    number: int,
    permissions: Mapping[str, bool],
    created_at: datetime,
    kind: KeyKind = "hmac",
) -> ApiKey:
    """Make the account's `number`-th key: 64 characters each, as Binance's are.

    An RSA key is another one each time; everything else comes from the seed.
    """

    def letters(what: str) -> str:
        return hashlib.sha256(f"{what}/{seed}/{account.uid}/{number}".encode()).hexdigest()

    private_key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey | None = None
    if kind == "ed25519":
        private_key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(letters("secret")))
    elif kind == "rsa":
        private_key = rsa.generate_private_key(65537, _RSA_BITS)
    return ApiKey(
        account,
        letters("key"),
        letters("secret"),
        {**READ_ONLY, **permissions},
        created_at,
        kind,
        private_key,
    )
