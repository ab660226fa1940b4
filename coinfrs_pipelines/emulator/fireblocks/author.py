"""What movements are drawn from: names, addresses, hashes, amounts, fees, who can pay, legs.

The kinds of movements are `incoming.py`, `outgoing.py` and `effectless.py`; which of them happen
when is `history.py`.
"""

import uuid
from decimal import Decimal
from random import Random

from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset, Chain
from coinfrs_pipelines.emulator.fireblocks.movements import Peer
from coinfrs_pipelines.emulator.fireblocks.purse import Purse
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline
from coinfrs_pipelines.emulator.ledger import Cell, Leg

VENUE = "fireblocks"
WALLET = "vault"

# A payer keeps room for more than the fee.
_ROOM = 100

_CONTACTS = ("Market maker", "OTC desk", "Payments processor")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


class Author:
    """Draws the parts of movements: `events` decides what happens, `ids` only how it is called."""

    def __init__(
        self, workspace_id: str, purse: Purse, vault_names: dict[str, str], user_id: str
    ) -> None:
        self.workspace_id = workspace_id
        self.purse = purse
        self.user_id = user_id
        self._vault_names = vault_names
        self.events = Random()
        self._ids = Random()

    def begin_day(self, events: Random, ids: Random) -> None:
        """Take the day's own generators, so that a day does not depend on those that follow."""
        self.events = events
        self._ids = ids

    # Who

    def vault(self, vault_id: str, asset: Asset) -> Peer:
        """Return a vault account as one side of a record; its address stays the same."""
        address = _address(
            asset.chain, Random(f"{self.workspace_id}/{vault_id}/{asset.chain.name}")
        )
        return Peer("VAULT_ACCOUNT", vault_id, self._vault_names[vault_id], address=address)

    def outside(self, asset: Asset, *, is_source: bool) -> Peer:
        """Return a counterparty that is not of the workspace."""
        address = _address(asset.chain, self._ids)
        contact_id, contact = self.new_id(), self.events.choice(_CONTACTS)
        kind = self.events.choice(("stranger", "stranger", "external", "internal"))
        if kind == "external":
            return Peer("EXTERNAL_WALLET", contact_id, contact, "External", address)
        if kind == "internal":
            return Peer("INTERNAL_WALLET", contact_id, contact, "Internal", address)
        if is_source:
            return Peer("UNKNOWN", "", "External", address=address)
        return Peer("ONE_TIME_ADDRESS", address=address)

    def payer(self, asset: Asset, fee: Decimal, *, but: str | None = None) -> str | None:
        """Draw a vault account that can pay the asset and its fee, if there is one."""
        spendable = self.purse.spendable
        able = [
            vault_id
            for vault_id in self.purse.vaults_with(asset.id)
            if vault_id != but
            and spendable(vault_id, asset.id) > _ROOM * fee
            and spendable(vault_id, asset.chain.base_asset) > _ROOM * fee
        ]
        return self.events.choice(able) if able else None

    # How much

    def share_of(self, amount: Decimal, asset: Asset, least: int = 400, most: int = 40) -> Decimal:
        """Draw between 1/least and 1/most of an amount, to the asset's last digit."""
        units = int(amount.scaleb(asset.decimals))
        drawn = self.events.randrange(units // least + 1, units // most + 2)
        return Decimal(drawn).scaleb(-asset.decimals)

    def fee(self, asset: Asset) -> tuple[Decimal, Decimal | None]:
        """Draw a network fee in the base asset, and the gas price in gwei where there is one."""
        draw = self.events.randrange
        base = ASSETS[asset.chain.base_asset]
        if asset.chain.family == "evm":
            gas = draw(45_000, 68_000) if asset.is_token else 21_000
            wei = draw(900_000_000, 30_000_000_000)
            return Decimal(gas * wei).scaleb(-base.decimals), Decimal(wei).scaleb(-9)
        if asset.chain.family == "utxo":
            return Decimal(draw(141, 420) * draw(3, 40)).scaleb(-base.decimals), None
        return Decimal(5_000 + draw(4_000)).scaleb(-base.decimals), None

    # How it is called, and what it leaves

    def new_id(self) -> str:
        """Return an id that no other world has."""
        return str(uuid.UUID(int=self._ids.getrandbits(128), version=4))

    def new_hash(self, chain: Chain) -> str:
        """Return a transaction hash in the chain's style."""
        digest = f"{self._ids.getrandbits(256):064x}"
        return f"0x{digest}" if chain.family == "evm" else digest

    def leg(self, vault_id: str, asset: Asset, amount: Decimal, timeline: Timeline) -> Leg:
        """Return one change of a vault account's balance, on the axis of its chain."""
        cell = Cell(VENUE, f"{self.workspace_id}/{vault_id}", WALLET, asset.id)
        height = timeline.height if asset.chain.wallets_have_height else None
        return Leg(cell, amount, timeline.takes_effect_at, height)


def _address(chain: Chain, rng: Random) -> str:
    if chain.family == "evm":
        return f"0x{rng.getrandbits(160):040x}"
    if chain.family == "utxo":
        return "bc1q" + "".join(rng.choices(_BECH32, k=38))
    return "".join(rng.choices(_BASE58, k=34))
