"""The faces of vault accounts and their asset wallets."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from coinfrs_pipelines.emulator.fireblocks import paging, refusals
from coinfrs_pipelines.emulator.fireblocks.calls import HOST, Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.contacts import vault_address
from coinfrs_pipelines.emulator.fireblocks.positions import Position, order_of
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet
from coinfrs_pipelines.emulator.fireblocks.users import VIEWERS
from coinfrs_pipelines.emulator.fireblocks.wire import epoch_ms, plain
from coinfrs_pipelines.emulator.fireblocks.world import VaultAccount
from coinfrs_pipelines.emulator.ledger import EXACT

_LIMIT_DEFAULT = 200
_ACCOUNTS_MAX, _WALLETS_MAX = 500, 1_000
_AMOUNTS = ("total", "available", "pending", "frozen", "locked")


def _amounts(sums: dict[str, Decimal]) -> dict[str, str]:
    return {
        "total": plain(sums["total"]),
        "available": plain(sums["available"]),
        "pending": plain(sums["pending"]),
        "staked": "0",
        "frozen": plain(sums["frozen"]),
        "lockedAmount": plain(sums["locked"]),
    }


def _parts(position: Position) -> dict[str, Decimal]:
    return {name: getattr(position, name) for name in _AMOUNTS}


def _block(call: Call, position: Position) -> dict[str, str | None]:
    """Return the block that a balance was read at; UTXO chains tell no hash here."""
    chain = ASSETS[position.wallet.asset_id].chain
    nothing = None if call.world.options.absent_height == "null" else ""
    if position.height is None:
        return {"blockHeight": nothing, "blockHash": nothing}
    block_hash = nothing if chain.family == "utxo" else chain.block_hash(position.height)
    return {"blockHeight": str(position.height), "blockHash": block_hash}


def _vault_asset(call: Call, position: Position) -> dict[str, Any]:
    amounts = _amounts(_parts(position))
    return {
        "id": position.wallet.asset_id,
        **amounts,
        # The old name of `total`.
        "balance": amounts["total"],
        **_block(call, position),
    }


def _is_shown(call: Call, wallet: Wallet) -> bool:
    return call.faults.shows_wallet(_account_ref(call, wallet), wallet.asset_id)


def _account_ref(call: Call, wallet: Wallet) -> str:
    return f"{call.world.workspace_id}/{wallet.vault_id}"


def _positions_of(call: Call, vault: VaultAccount) -> list[Position]:
    """Return the positions of a vault account that its faces show."""
    positions = call.world.wallets.of_vault(vault.id, call.now)
    return [position for position in positions if _is_shown(call, position.wallet)]


def _account(call: Call, vault: VaultAccount) -> dict[str, Any]:
    positions = _positions_of(call, vault)
    return {
        "id": vault.id,
        "name": vault.name,
        "hiddenOnUI": vault.is_hidden,
        "autoFuel": False,
        "assets": [_vault_asset(call, each) for each in positions],
    }


def _accounts_paged(call: Call) -> Answer:
    """List vault accounts, hidden ones and those without a wallet too."""
    found = [vault for vault in call.world.vaults if _is_asked_for(call, vault)]
    limit = call.whole("limit", _LIMIT_DEFAULT, 1, _ACCOUNTS_MAX)
    page = _page(call, found, lambda vault: (int(vault.id),), limit)
    paging_told = _paging(page)
    urls = {
        url: f"{HOST}{call.path}?limit={limit}&{name}={quote(paging_told[name], safe='')}"
        for url, name in (("previousUrl", "before"), ("nextUrl", "after"))
        if name in paging_told
    }
    accounts = [_account(call, vault) for vault in page.rows]
    return Answer({"accounts": accounts, "paging": paging_told, **urls})


def _is_asked_for(call: Call, vault: VaultAccount) -> bool:
    asset_id, least = call.query.get("assetId"), _amount(call, "minAmountThreshold")
    if asset_id is not None or least is not None:
        has_it = any(
            asset_id in (None, each.wallet.asset_id) and (least is None or each.total >= least)
            for each in _positions_of(call, vault)
        )
        if not has_it:
            return False
    return _is_named(call.query.get("namePrefix", ""), call.query.get("nameSuffix", ""), vault)


def _is_named(prefix: str, suffix: str, vault: VaultAccount) -> bool:
    return vault.name.startswith(prefix) and vault.name.endswith(suffix)


def _vault(call: Call) -> VaultAccount:
    for vault in call.world.vaults:
        if vault.id == call.segments["vault_id"]:
            return vault
    raise refusals.not_found("The vault account")


def _account_by_id(call: Call) -> Answer:
    return Answer(_account(call, _vault(call)))


def _position(call: Call) -> Position:
    for each in _positions_of(call, _vault(call)):
        if each.wallet.asset_id == call.segments["asset_id"]:
            return each
    raise refusals.not_found("The asset wallet")


def _wallet_by_id(call: Call) -> Answer:
    return Answer(_vault_asset(call, _position(call)))


def _addresses(call: Call) -> Answer:
    """List the deposit addresses of a wallet: one, which all assets of its chain share."""
    position = _position(call)
    chain = ASSETS[position.wallet.asset_id].chain
    address = {
        "assetId": position.wallet.asset_id,
        "address": vault_address(call.world.workspace_id, position.wallet.vault_id, chain),
        "description": "",
        "tag": "",
        "type": "Permanent",
        "addressFormat": "SEGWIT" if chain.family == "utxo" else "BASE",
        "legacyAddress": "",
        "bip44AddressIndex": 0,
    }
    return Answer({"addresses": [address], "paging": {}})


def _asset_wallets(call: Call) -> Answer:
    """List the wallets of all vault accounts, hidden and empty ones too."""
    more_than, asset_id = _amount(call, "totalAmountLargerThan"), call.query.get("assetId")
    found = call.world.wallets.wallets_by(call.now)
    if call.faults.hides_wallets:
        found = [wallet for wallet in found if _is_shown(call, wallet)]
    if asset_id is not None:
        found = [wallet for wallet in found if wallet.asset_id == asset_id]
    if more_than is not None:
        of = call.world.wallets.of
        found = [wallet for wallet in found if of(wallet, call.now).total > more_than]
    limit = call.whole("limit", _LIMIT_DEFAULT, 1, _WALLETS_MAX)
    page = _page(call, found, order_of, limit)
    rows = [_wallet_row(call, wallet) for wallet in page.rows]
    return Answer({"assetWallets": rows, "paging": _paging(page)})


def _wallet_row(call: Call, wallet: Wallet) -> dict[str, Any]:
    as_of = call.faults.takes_stale_wallet(_account_ref(call, wallet), wallet.asset_id)
    position = call.world.wallets.of(wallet, as_of or call.now)
    return {
        "vaultId": position.wallet.vault_id,
        "assetId": position.wallet.asset_id,
        **_amounts(_parts(position)),
        **_block(call, position),
        "creationTimestamp": str(epoch_ms(position.wallet.created_at)),
    }


def _assets(call: Call) -> Answer:
    """Sum the wallets of all vault accounts by asset."""
    prefix = call.query.get("accountNamePrefix", "")
    suffix = call.query.get("accountNameSuffix", "")
    sums = _sums(call, prefix, suffix)
    return Answer([_sum(asset_id, parts) for asset_id, parts in sorted(sums.items())])


def _asset_by_id(call: Call) -> Answer:
    sums = _sums(call, "", "")
    asset_id = call.segments["asset_id"]
    if asset_id not in sums:
        raise refusals.not_found("The asset")
    return Answer(_sum(asset_id, sums[asset_id]))


def _sum(asset_id: str, parts: dict[str, Decimal]) -> dict[str, Any]:
    return {"id": asset_id, **_amounts(parts), "balance": plain(parts["total"])}


def _sums(call: Call, prefix: str, suffix: str) -> dict[str, dict[str, Decimal]]:
    sums: defaultdict[str, dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys(_AMOUNTS, Decimal(0))
    )

    def add(asset_id: str, parts: Mapping[str, Decimal]) -> None:
        of_asset = sums[asset_id]
        for name, amount in parts.items():
            of_asset[name] = EXACT.add(of_asset[name], amount)

    if not prefix and not suffix and not call.faults.hides_wallets:
        for asset_id, amount in call.world.wallets.quiet.items():
            add(asset_id, {"total": amount, "available": amount})
        for position in call.world.wallets.lively_at(call.now):
            add(position.wallet.asset_id, _parts(position))
        return sums
    for vault in call.world.vaults:
        if _is_named(prefix, suffix, vault):
            for position in _positions_of(call, vault):
                add(position.wallet.asset_id, _parts(position))
    return sums


def _amount(call: Call, name: str) -> Decimal | None:
    text = call.query.get(name)
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise refusals.bad_parameter(f"{name} must be a number.") from None


def _page(
    call: Call, rows: Sequence[paging.Row], key: paging.KeyOf[paging.Row], limit: int
) -> paging.Page[paging.Row]:
    after, before = (
        paging.decode(call.query[name])[0] if call.query.get(name) else None
        for name in ("after", "before")
    )
    return paging.cut(
        rows,
        key,
        order=call.order("orderBy", "DESC"),
        limit=limit,
        after=after,
        before=before,
        early=call.faults.takes_repeat(call.path, limit) if after else 0,
    )


def _paging(page: paging.Page[Any]) -> dict[str, str]:
    ends = (("before", page.before), ("after", page.after))
    return {name: paging.encode(key) for name, key in ends if key is not None}


FACES = (
    Face("/v1/vault/accounts_paged", VIEWERS, _accounts_paged),
    Face("/v1/vault/accounts/{vault_id}", VIEWERS, _account_by_id),
    Face("/v1/vault/asset_wallets", VIEWERS, _asset_wallets),
    Face("/v1/vault/accounts/{vault_id}/{asset_id}", VIEWERS, _wallet_by_id),
    Face("/v1/vault/accounts/{vault_id}/{asset_id}/addresses_paginated", VIEWERS, _addresses),
    Face("/v1/vault/assets", VIEWERS, _assets),
    Face("/v1/vault/assets/{asset_id}", VIEWERS, _asset_by_id),
)
