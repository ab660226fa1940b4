"""Whom a workspace deals with by name: addresses on its lists, and accounts of other parties.

Their ids and addresses stay the same for a workspace. Those of other parties have ledgers of their
own, which no record of the workspace tells: they are outside of what can be proven.
"""

import uuid
from dataclasses import dataclass
from random import Random

from coinfrs_pipelines.emulator.fireblocks.chains import Asset, Chain
from coinfrs_pipelines.emulator.fireblocks.movements import Peer

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@dataclass(frozen=True)
class Contact:
    """A counterparty that has a name in the workspace."""

    type: str
    name: str
    sub_type: str = ""


LISTED = tuple(
    Contact(kind, name, sub_type)
    for kind, sub_type in (("EXTERNAL_WALLET", "External"), ("INTERNAL_WALLET", "Internal"))
    for name in ("Market maker", "OTC desk", "Payments processor")
)
EXCHANGE = Contact("EXCHANGE_ACCOUNT", "Binance", "BINANCE")
BANK = Contact("FIAT_ACCOUNT", "Bank", "CROSSRIVER")
PEER_OF_THE_NETWORK = Contact("NETWORK_CONNECTION", "Market maker of the network")
CONTRACT = Contact("CONTRACT", "Payments contract")
THIRD_PARTIES = (
    PEER_OF_THE_NETWORK,
    Contact("CONNECTED_ACCOUNT", "Prime broker"),
    BANK,
    Contact("END_USER_WALLET", "Customer's own wallet"),
)


def contact_id(workspace_id: str, contact: Contact) -> str:
    """Return the id of a contact in a workspace."""
    rng = Random(f"{workspace_id}/{contact.type}/{contact.name}")
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def contact_address(workspace_id: str, contact: Contact, chain: Chain) -> str:
    """Return the address that a contact has on a chain."""
    return new_address(chain, Random(f"{workspace_id}/{contact.type}/{contact.name}/{chain.name}"))


def contact_peer(
    workspace_id: str, contact: Contact, asset: Asset, trading_account: str = ""
) -> Peer:
    """Return a contact as one side of a record."""
    return Peer(
        contact.type,
        contact_id(workspace_id, contact),
        contact.name,
        contact.sub_type,
        contact_address(workspace_id, contact, asset.chain),
        trading_account,
    )


def vault_address(workspace_id: str, vault_id: str, chain: Chain) -> str:
    """Return the address of a vault account on a chain; all assets of the chain share it."""
    return new_address(chain, Random(f"{workspace_id}/{vault_id}/{chain.name}"))


def new_address(chain: Chain, rng: Random) -> str:
    """Draw an address in the chain's style."""
    if chain.family == "evm":
        return f"0x{rng.getrandbits(160):040x}"
    if chain.family == "utxo":
        return "bc1q" + "".join(rng.choices(_BECH32, k=38))
    return "".join(rng.choices(_BASE58, k=34))
