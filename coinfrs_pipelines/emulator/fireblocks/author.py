"""What movements are drawn from: names, addresses, hashes, amounts, fees, who can pay, legs.

The kinds of movements are modules of their own; which of them happen when is `history.py`.
"""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from coinfrs_pipelines.emulator.fireblocks import contacts
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
        address = contacts.vault_address(self.workspace_id, vault_id, asset.chain)
        return Peer("VAULT_ACCOUNT", vault_id, self._vault_names[vault_id], address=address)

    def one_time(self, asset: Asset) -> Peer:
        """Return an address that has no name in the workspace."""
        return Peer("ONE_TIME_ADDRESS", address=contacts.new_address(asset.chain, self._ids))

    def unknown(self, asset: Asset) -> Peer:
        """Return a sender that has no name in the workspace."""
        address = contacts.new_address(asset.chain, self._ids)
        return Peer("UNKNOWN", "", "External", address=address)

    def outside(self, asset: Asset, *, is_source: bool) -> Peer:
        """Return a counterparty that is not of the workspace, or that keeps its own ledger."""
        kind = self.events.choice(("stranger", "stranger", "listed", "listed", "third_party"))
        if kind == "listed":
            return self.contact(self.events.choice(contacts.LISTED), asset)
        if kind == "third_party":
            has_contracts = asset.chain.family == "evm"
            more = (contacts.CONTRACT,) if has_contracts else ()
            return self.contact(self.events.choice((*contacts.THIRD_PARTIES, *more)), asset)
        return self.unknown(asset) if is_source else self.one_time(asset)

    def contact(self, contact: contacts.Contact, asset: Asset, trading_account: str = "") -> Peer:
        """Return somebody that has a name in the workspace."""
        return contacts.contact_peer(self.workspace_id, contact, asset, trading_account)

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
