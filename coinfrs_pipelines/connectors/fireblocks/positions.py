"""Read all positions of a Fireblocks workspace as one, an account at a time in the result.

Two passes over the asset wallets must agree on their totals, and the venue's own totals per asset
must be their sum, zero of what no wallet shows; the wallets of an asset that moved in between are
read again by themselves. Accounts without a wallet and wallets at zero are kept: absence is not
zero.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.fireblocks.auth import CLOCK
from coinfrs_pipelines.connectors.fireblocks.streams import (
    ASSET_WALLETS,
    VAULT_ACCOUNTS,
    VAULT_ASSETS,
)
from coinfrs_pipelines.connectors.http import Exchange, VenueClient
from coinfrs_pipelines.connectors.positions import Reading, amount, total
from coinfrs_pipelines.connectors.walks import walk

WALLET = "vault"
# What the reading of the venue's own totals is called where a capture names its wallet.
CONTROL_TOTAL = "control_total"
# How often everything is read anew where passes differ: something moves all the time then.
READINGS_MAX = 3
# How often the wallets of assets that moved are read again before that, and of how many at most.
REREADS_MAX = 3
MOVED_ASSETS_MAX = 10
# The parts that make up `total`; outgoing amounts are in it until their block (?), see MAPPINGS.md.
PARTS = ("available", "pending", "lockedAmount", "frozen")

Cell = tuple[str, str]


@dataclass(frozen=True)
class _Pass:
    """One pass over the asset wallets, by vault account and asset."""

    exchanges: list[Exchange]
    rows: dict[Cell, str]
    fields: dict[Cell, dict[str, Any]]

    def but(self, assets: Collection[str], later: "_Pass") -> "_Pass":
        """Return this pass with the wallets of some assets as a later one shows them."""
        rows = {cell: row for cell, row in self.rows.items() if cell[1] not in assets}
        rows |= {cell: row for cell, row in later.rows.items() if cell[1] in assets}
        fields = {cell: told for cell, told in self.fields.items() if cell[1] not in assets}
        fields |= {cell: told for cell, told in later.fields.items() if cell[1] in assets}
        return _Pass(self.exchanges, rows, fields)


def capture(
    client: VenueClient, workspace_id: str, listed: Collection[str] | None = None
) -> list[Reading]:
    """Read every vault account of the workspace, hidden ones too, as at one time.

    `listed` are the ids of the vault accounts that are known, if their list was read just before:
    those that have come since are known by their wallets. Returns one reading per account, with the
    account's id as its account type. The disagreement of an account that is not whole names what
    did not agree.

    Raises:
        VenueError: the venue refuses, shows another workspace, or its pages contradict each other.

    """
    for _ in range(READINGS_MAX):
        readings = _capture(client, workspace_id, listed)
        if all(reading.is_whole for reading in readings):
            break
    return readings


def control_totals(client: VenueClient) -> Reading:
    """Read the venue's own total of each asset over all vault accounts, once.

    Raises:
        VenueError: the venue refuses, or gives no list.

    """
    exchange = client.call(VAULT_ASSETS)
    try:
        rows = payloads.elements(exchange.body)
    except payloads.PayloadError as error:
        raise Permanent(client.venue, f"{exchange.path}: {error}") from None
    return Reading(
        account_type="workspace",
        wallet=CONTROL_TOTAL,
        taken_at=exchange.venue_time,
        reading_ended_at=max(exchange.venue_time, client.venue_now_at_most),
        is_whole=True,
        balances=f'{{"assets":[{",".join(rows)}]}}',
        exchanges=[exchange],
    )


def _capture(
    client: VenueClient, workspace_id: str, listed: Collection[str] | None
) -> list[Reading]:
    _require_workspace(client, workspace_id)
    if listed is None:
        pages = walk(client, VAULT_ACCOUNTS).pages
        listed = [record.source_raw_id for page in pages for record in page.records]
    first = _read_wallets(client)
    second = _read_wallets(client)
    # Its answer tells the time, as every answer does.
    control = client.call(VAULT_ASSETS)
    exchanges = [*first.exchanges, control, *second.exchanges]
    controls = _controls(client, control)
    for _ in range(REREADS_MAX):
        moved = _moved(first, second, controls)
        if not 0 < len(moved) <= MOVED_ASSETS_MAX:
            break
        again = _read_wallets(client, *sorted(moved))
        control = client.call(VAULT_ASSETS)
        exchanges += [control, *again.exchanges]
        told = _controls(client, control)
        controls |= {asset: told.get(asset, Decimal(0)) for asset in moved}
        first, second = first.but(moved, second), second.but(moved, again)
    # The last time received before the first amount was read, and the latest that the last can be.
    taken_at = first.exchanges[0].venue_time
    ended_at = client.venue_now_at_most
    went_back = ended_at < taken_at
    vaults = {*listed, *(vault for vault, _ in second.rows)}
    disagreements = _disagreements(first, second, controls, vaults)
    by_vault: dict[str, list[str]] = defaultdict(list)
    for (vault, _), row in second.rows.items():
        by_vault[vault].append(row)
    readings = []
    for vault in sorted(vaults):
        disagreement = "the venue's clock went back" if went_back else disagreements.get(vault)
        readings.append(
            Reading(
                account_type=vault,
                wallet=WALLET,
                taken_at=taken_at,
                reading_ended_at=max(taken_at, ended_at),
                is_whole=disagreement is None,
                balances=f'{{"asset_wallets":[{",".join(by_vault[vault])}]}}',
                exchanges=exchanges,
                disagreement=disagreement,
            )
        )
    return readings


def _require_workspace(client: VenueClient, workspace_id: str) -> None:
    """Refresh the clock by the call that also says whose positions these are."""
    exchange = client.call(CLOCK)
    try:
        found = payloads.read(payloads.value(exchange.body)).get("id")
    except payloads.PayloadError as error:
        raise Permanent(client.venue, f"{exchange.path}: {error}") from None
    if found != workspace_id:
        raise Permanent(
            client.venue, "The key sees another workspace than the one it was registered for."
        )


def _read_wallets(client: VenueClient, *assets: str) -> _Pass:
    """Read all asset wallets, or those of some assets."""
    streams = [replace(ASSET_WALLETS, fixed_params=(("assetId", asset),)) for asset in assets]
    pages = [page for stream in streams or [ASSET_WALLETS] for page in walk(client, stream).pages]
    rows: dict[Cell, str] = {}
    fields: dict[Cell, dict[str, Any]] = {}
    for record in (record for page in pages for record in page.records):
        row = payloads.read(record.payload)
        cell = (payloads.text_of(row.get("vaultId")), payloads.text_of(row.get("assetId")))
        # A wallet that changed between two pages comes twice; the later one is the newer.
        rows[cell], fields[cell] = record.payload, row
    return _Pass([page.exchange for page in pages], rows, fields)


def _controls(client: VenueClient, control: Exchange) -> dict[str, Decimal | None]:
    """Return the venue's own total of each asset over all vault accounts."""
    try:
        rows = [payloads.read(row) for row in payloads.elements(control.body)]
        return {payloads.text_of(row.get("id")): amount(row.get("total")) for row in rows}
    except payloads.PayloadError as error:
        raise Permanent(client.venue, f"{control.path}: {error}") from None


def _disagreements(
    first: _Pass, second: _Pass, controls: dict[str, Decimal | None], vaults: Collection[str]
) -> dict[str, str]:
    """Return what does not agree, by vault account."""
    found: dict[str, str] = {}
    for (vault, asset), row in second.fields.items():
        told = amount(row.get("total")) if row.get("total") not in (None, "") else None
        parts = [amount(row.get(part)) for part in PARTS]
        if told is None or None in parts:
            found.setdefault(vault, f"an amount is no number: {asset}")
        elif told != total(parts):
            found.setdefault(vault, f"the total is not the sum of its parts: {asset}")
    for vault, asset in first.fields.keys() | second.fields.keys():
        if _settling(first, (vault, asset)) != _settling(second, (vault, asset)):
            found.setdefault(vault, f"two readings differ: {asset}")
    wrong = _contradicted(second, controls)
    for vault, asset in second.fields:
        if asset in wrong:
            found.setdefault(vault, f"the venue's total over all accounts differs: {asset}")
    # Whose wallet it is that is not shown, nobody can tell.
    for asset in sorted(wrong - {asset for _, asset in second.fields}):
        for vault in vaults:
            found.setdefault(vault, f"the venue tells of {asset}, which no wallet shows")
    return found


def _moved(first: _Pass, second: _Pass, controls: dict[str, Decimal | None]) -> set[str]:
    """Return the assets that two passes, or they and the venue's totals, do not agree about."""
    return _contradicted(second, controls) | {
        cell[1]
        for cell in first.fields.keys() | second.fields.keys()
        if _settling(first, cell) != _settling(second, cell)
    }


def _contradicted(read: _Pass, controls: dict[str, Decimal | None]) -> set[str]:
    """Return the assets whose wallets do not add up to the venue's own total."""
    amounts: dict[str, list[Decimal | None]] = defaultdict(list)
    for (_, asset), row in read.fields.items():
        amounts[asset].append(amount(row.get("total")))
    return {
        asset
        for asset in amounts.keys() | controls.keys()
        if (summed := total(amounts.get(asset, ()))) is None
        or summed != controls.get(asset, Decimal(0))
    }


def _settling(read: _Pass, cell: Cell) -> tuple[Decimal | None, Decimal | None] | None:
    """Return what two passes must agree on: the total, and what of it is not settled."""
    row = read.fields.get(cell)
    return None if row is None else (amount(row.get("total")), amount(row.get("pending")))
