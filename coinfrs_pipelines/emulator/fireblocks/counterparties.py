"""The faces of whom the workspace deals with; what others keep for it is not in any vault account.

Their amounts are made up and stay the same: nothing is proven from them.
"""

from collections.abc import Callable
from typing import Any

from coinfrs_pipelines.emulator.fireblocks import contacts, refusals
from coinfrs_pipelines.emulator.fireblocks.calls import Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.users import ADMINS, EDITORS, ROLES, VIEWERS

_EXCHANGES_DEFAULT, _EXCHANGES_MAX = 3, 5
_STATION_ASSETS = ("ETH", "ETH-OPT")


def _gas_station(call: Call) -> Answer:
    """Tell what the old gas station has, by asset or of one asset."""
    asset_id = call.segments.get("asset_id")
    if asset_id is not None and asset_id not in _STATION_ASSETS:
        raise refusals.bad_parameter("The asset has no gas station.")
    shown = _STATION_ASSETS if asset_id is None else (asset_id,)
    return Answer(
        {
            "balance": dict.fromkeys(shown, "0.75"),
            "configuration": {"gasThreshold": "0.005", "gasCap": "0.01", "maxGasPrice": None},
        }
    )


def _exchange_accounts(call: Call) -> Answer:
    """List the connected exchange accounts: one, whose ledger is the exchange's own."""
    # It must be given although it has a default in the documentation.
    call.whole("limit", None, 1, _EXCHANGES_MAX)
    return Answer({"exchanges": [_exchange(call)], "paging": {}})


def _exchange_account(call: Call) -> Answer:
    account = _exchange(call)
    if account["id"] != call.segments["exchange_id"]:
        raise refusals.not_found("The exchange account")
    return Answer(account)


def _exchange_asset(call: Call) -> Answer:
    account = _exchange(call)
    for asset in account["assets"]:
        if account["id"] == call.segments["exchange_id"] and asset["id"] == call.segments["asset"]:
            return Answer(asset)
    raise refusals.not_found("The asset of the exchange account")


def _exchange(call: Call) -> dict[str, Any]:
    asset = {
        "id": "BTC",
        "balance": "1.5",
        "lockedAmount": "0",
        "total": "1.5",
        "available": "1.5",
        "credit": "0",
    }
    return {
        "id": contacts.contact_id(call.world.workspace_id, contacts.EXCHANGE),
        "type": contacts.EXCHANGE.sub_type,
        "name": contacts.EXCHANGE.name,
        "status": "APPROVED",
        "success": True,
        "isSubaccount": False,
        "assets": [asset],
        "tradingAccounts": [
            {"type": kind, "name": kind.capitalize(), "assets": []} for kind in ("SPOT", "FUNDING")
        ],
    }


def _fiat_accounts(call: Call) -> Answer:
    bank = contacts.BANK
    account = {
        "id": contacts.contact_id(call.world.workspace_id, bank),
        "type": bank.sub_type,
        "name": bank.name,
        "address": "",
        "assets": [{"id": "USD", "balance": "250000.00"}],
    }
    return Answer([account])


def _listed(kind: str) -> Callable[[Call], Answer]:
    """Return the face that lists the contacts of one kind with their addresses, and no amounts."""

    def answer(call: Call) -> Answer:
        known = (*contacts.LISTED, contacts.CONTRACT)
        return Answer([_wallet(call, contact) for contact in known if contact.type == kind])

    return answer


def _wallet(call: Call, contact: contacts.Contact) -> dict[str, Any]:
    workspace_id = call.world.workspace_id
    assets = [
        {
            "id": asset.id,
            "status": "APPROVED",
            "address": contacts.contact_address(workspace_id, contact, asset.chain),
            "tag": "",
        }
        for asset in ASSETS.values()
        if contact is not contacts.CONTRACT or asset.chain.family == "evm"
    ]
    return {
        "id": contacts.contact_id(workspace_id, contact),
        "name": contact.name,
        "customerRefId": None,
        "assets": assets,
    }


def _network_connections(call: Call) -> Answer:
    """List the connections of the network, which tell who it is and never what it has."""
    peer = contacts.PEER_OF_THE_NETWORK
    peer_id = contacts.contact_id(call.world.workspace_id, peer)
    connection = {
        "id": peer_id,
        "status": "APPROVED",
        "localNetworkId": {"id": call.world.workspace_id, "name": call.world.name},
        "remoteNetworkId": {"id": peer_id, "name": peer.name},
        "routingPolicy": {"crypto": {"scheme": "DEFAULT"}},
    }
    return Answer([connection])


FACES = (
    Face("/v1/gas_station", EDITORS, _gas_station),
    Face("/v1/gas_station/{asset_id}", EDITORS, _gas_station),
    Face("/v1/exchange_accounts/paged", ADMINS, _exchange_accounts),
    Face("/v1/exchange_accounts/{exchange_id}", ADMINS, _exchange_account),
    Face("/v1/exchange_accounts/{exchange_id}/{asset}", ADMINS, _exchange_asset),
    Face("/v1/fiat_accounts", ADMINS, _fiat_accounts),
    Face("/v1/external_wallets", VIEWERS, _listed("EXTERNAL_WALLET")),
    Face("/v1/internal_wallets", VIEWERS, _listed("INTERNAL_WALLET")),
    Face("/v1/contracts", VIEWERS, _listed("CONTRACT")),
    Face("/v1/network_connections", ROLES, _network_connections),
)
