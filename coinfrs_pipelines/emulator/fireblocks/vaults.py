"""The faces of vault accounts and their asset wallets."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from coinfrs_pipelines.emulator.fireblocks import paging, refusals
from coinfrs_pipelines.emulator.fireblocks.calls import HOST, Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.positions import Position
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


def _account(call: Call, vault: VaultAccount, positions: Iterable[Position]) -> dict[str, Any]:
    assets = [_vault_asset(call, each) for each in positions if each.wallet.vault_id == vault.id]
    return {
        "id": vault.id,
        "name": vault.name,
        "hiddenOnUI": vault.is_hidden,
        "autoFuel": False,
        "assets": assets,
    }


def _accounts_paged(call: Call) -> Answer:
    """List vault accounts, hidden ones and those without a wallet too."""
    positions = call.world.wallet_positions(call.now)
    found = [vault for vault in call.world.vaults if _is_asked_for(call, vault, positions)]
    limit = call.whole("limit", _LIMIT_DEFAULT, 1, _ACCOUNTS_MAX)
    page = _page(call, found, lambda vault: (int(vault.id),), limit)
    paging_told = _paging(page)
    urls = {
        url: f"{HOST}{call.path}?limit={limit}&{name}={quote(paging_told[name], safe='')}"
        for url, name in (("previousUrl", "before"), ("nextUrl", "after"))
        if name in paging_told
    }
    accounts = [_account(call, vault, positions) for vault in page.rows]
    return Answer({"accounts": accounts, "paging": paging_told, **urls})


def _is_asked_for(call: Call, vault: VaultAccount, positions: Iterable[Position]) -> bool:
    asset_id, least = call.query.get("assetId"), _amount(call, "minAmountThreshold")
    if asset_id is not None or least is not None:
        has_it = any(
            each.wallet.vault_id == vault.id
            and asset_id in (None, each.wallet.asset_id)
            and (least is None or each.total >= least)
            for each in positions
        )
        if not has_it:
            return False
    return vault.name.startswith(call.query.get("namePrefix", "")) and vault.name.endswith(
        call.query.get("nameSuffix", "")
    )


def _account_by_id(call: Call) -> Answer:
    for vault in call.world.vaults:
        if vault.id == call.segments["vault_id"]:
            return Answer(_account(call, vault, call.world.wallet_positions(call.now)))
    raise refusals.not_found("The vault account")


def _asset_wallets(call: Call) -> Answer:
    """List the wallets of all vault accounts, hidden and empty ones too."""
    more_than, asset_id = _amount(call, "totalAmountLargerThan"), call.query.get("assetId")
    found = [
        position
        for position in call.world.wallet_positions(call.now)
        if (more_than is None or position.total > more_than)
        and asset_id in (None, position.wallet.asset_id)
    ]
    limit = call.whole("limit", _LIMIT_DEFAULT, 1, _WALLETS_MAX)
    page = _page(call, found, lambda each: (int(each.wallet.vault_id), each.wallet.asset_id), limit)
    rows = [
        {
            "vaultId": position.wallet.vault_id,
            "assetId": position.wallet.asset_id,
            **_amounts(_parts(position)),
            **_block(call, position),
            "creationTimestamp": str(epoch_ms(position.wallet.created_at)),
        }
        for position in page.rows
    ]
    return Answer({"assetWallets": rows, "paging": _paging(page)})


def _assets(call: Call) -> Answer:
    """Sum the wallets of all vault accounts by asset."""
    prefix = call.query.get("accountNamePrefix", "")
    suffix = call.query.get("accountNameSuffix", "")
    meant = {
        vault.id
        for vault in call.world.vaults
        if vault.name.startswith(prefix) and vault.name.endswith(suffix)
    }
    sums: defaultdict[str, dict[str, Decimal]] = defaultdict(
        lambda: dict.fromkeys(_AMOUNTS, Decimal(0))
    )
    for position in call.world.wallet_positions(call.now):
        if position.wallet.vault_id in meant:
            of_asset = sums[position.wallet.asset_id]
            for name, amount in _parts(position).items():
                of_asset[name] = EXACT.add(of_asset[name], amount)
    return Answer(
        [
            {"id": asset_id, **_amounts(parts), "balance": plain(parts["total"])}
            for asset_id, parts in sorted(sums.items())
        ]
    )


def _amount(call: Call, name: str) -> Decimal | None:
    text = call.query.get(name)
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise refusals.bad_parameter(f"{name} must be a number.") from None


def _page(
    call: Call, rows: list[paging.Row], key: paging.KeyOf[paging.Row], limit: int
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
    Face("/v1/vault/assets", VIEWERS, _assets),
)
