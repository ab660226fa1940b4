"""What movements are drawn from: names, addresses, hashes, amounts, fees, who can pay, legs.

The kinds of movements are modules of their own; which of them happen when is `history.py`.
"""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset, Chain
from coinfrs_pipelines.emulator.fireblocks.movements import Movement, Peer
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.purse import Purse
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline
from coinfrs_pipelines.emulator.ledger import EXACT, Cell, Leg

VENUE = "fireblocks"
WALLET = "vault"

# A payer keeps room for more than the fee.
_ROOM = 100

_CONTACTS = ("Market maker", "OTC desk", "Payments processor")
# Whose balances another party keeps: outside of what records can prove, also inside the venue.
_THIRD_PARTIES = (
    ("NETWORK_CONNECTION", "Market maker of the network", ""),
    ("CONNECTED_ACCOUNT", "Prime broker", ""),
    ("FIAT_ACCOUNT", "Bank", "SIGNET"),
    ("END_USER_WALLET", "Customer's own wallet", ""),
    ("CONTRACT", "Payments contract", ""),
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@dataclass(frozen=True)
class Fee:
    """A network fee in the base asset, with what it is made of where the chain tells."""

    amount: Decimal
    gas_price_gwei: Decimal | None = None
    l1: Decimal | None = None


class Author:
    """Draws the parts of movements: `events` decides what happens, `ids` only how it is called."""

    def __init__(
        self,
        workspace_id: str,
        purse: Purse,
        vault_names: dict[str, str],
        user_id: str,
        options: FireblocksOptions,
    ) -> None:
        self.workspace_id = workspace_id
        self.purse = purse
        self.user_id = user_id
        self.options = options
        # What was staked and not yet asked back.
        self.stakes: list[Movement] = []
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
        address = vault_address(self.workspace_id, vault_id, asset.chain)
        return Peer("VAULT_ACCOUNT", vault_id, self._vault_names[vault_id], address=address)

    def one_time(self, asset: Asset) -> Peer:
        """Return an address that has no name in the workspace."""
        return Peer("ONE_TIME_ADDRESS", address=_address(asset.chain, self._ids))

    def unknown(self, asset: Asset) -> Peer:
        """Return a sender that has no name in the workspace."""
        return Peer("UNKNOWN", "", "External", address=_address(asset.chain, self._ids))

    def outside(self, asset: Asset, *, is_source: bool) -> Peer:
        """Return a counterparty that is not of the workspace, or that keeps its own ledger."""
        address = _address(asset.chain, self._ids)
        contact_id, contact = self.new_id(), self.events.choice(_CONTACTS)
        kind = self.events.choice(("stranger", "stranger", "external", "internal", "third_party"))
        if kind == "external":
            return Peer("EXTERNAL_WALLET", contact_id, contact, "External", address)
        if kind == "internal":
            return Peer("INTERNAL_WALLET", contact_id, contact, "Internal", address)
        if kind == "third_party":
            known = _THIRD_PARTIES if asset.chain.family == "evm" else _THIRD_PARTIES[:-1]
            party, name, sub_type = self.events.choice(known)
            return Peer(party, contact_id, name, sub_type, address)
        if is_source:
            return Peer("UNKNOWN", "", "External", address=address)
        return Peer("ONE_TIME_ADDRESS", address=address)

    def exchange(self, asset: Asset, trading_account: str = "") -> Peer:
        """Return the workspace's account at an exchange, whose ledger is the exchange's own."""
        return Peer(
            "EXCHANGE_ACCOUNT",
            self.workspace_id[::-1],
            "Binance",
            "BINANCE",
            _address(asset.chain, self._ids),
            trading_account,
        )

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

    def fee(self, asset: Asset, *, gas: int | None = None) -> Fee:
        """Draw a network fee: on EVM chains gas times price, and what the chain below asks."""
        draw = self.events.randrange
        base = ASSETS[asset.chain.base_asset]
        if asset.chain.family == "evm":
            gas = gas or (draw(45_000, 68_000) if asset.is_token else 21_000)
            wei = draw(900_000_000, 30_000_000_000)
            amount = Decimal(gas * wei).scaleb(-base.decimals)
            l1 = None
            if asset.chain.settles_on_another:
                l1 = Decimal(draw(10**12, 10**14)).scaleb(-base.decimals)
                amount = EXACT.add(amount, l1)
            return Fee(amount, Decimal(wei).scaleb(-9), l1)
        if asset.chain.family == "utxo":
            return Fee(Decimal(draw(141, 420) * draw(3, 40)).scaleb(-base.decimals))
        return Fee(Decimal(5_000 + draw(4_000)).scaleb(-base.decimals))

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


def vault_address(workspace_id: str, vault_id: str, chain: Chain) -> str:
    """Return the address of a vault account on a chain; all assets of the chain share it."""
    return _address(chain, Random(f"{workspace_id}/{vault_id}/{chain.name}"))


def _address(chain: Chain, rng: Random) -> str:
    if chain.family == "evm":
        return f"0x{rng.getrandbits(160):040x}"
    if chain.family == "utxo":
        return "bc1q" + "".join(rng.choices(_BECH32, k=38))
    return "".join(rng.choices(_BASE58, k=34))
