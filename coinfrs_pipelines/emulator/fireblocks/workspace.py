"""The faces of the workspace itself: its name, its assets, and its users."""

import uuid
from typing import Any

from coinfrs_pipelines.emulator.fireblocks import paging, refusals
from coinfrs_pipelines.emulator.fireblocks.calls import Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset
from coinfrs_pipelines.emulator.fireblocks.users import ADMINS, EDITORS, ROLES

_ASSETS_LEAST, _ASSETS_DEFAULT, _ASSETS_MAX = 100, 500, 1_000
_IDS_MAX = 100


def _workspace(call: Call) -> Answer:
    return Answer({"id": call.world.workspace_id, "name": call.world.name})


def _supported_assets(_call: Call) -> Answer:
    return Answer(
        [
            {
                "id": asset.id,
                "name": asset.name,
                "type": asset.type,
                "contractAddress": asset.contract_address or "",
                "nativeAsset": asset.chain.base_asset,
                "decimals": asset.decimals,
            }
            for asset in ASSETS.values()
        ]
    )


def _listed_assets(call: Call) -> Answer:
    """List the assets by their newer ids, beside the legacy ids that everything else carries."""
    limit = call.whole("pageSize", _ASSETS_DEFAULT, _ASSETS_LEAST, _ASSETS_MAX)
    wanted = call.all_of("ids")
    if len(wanted) > _IDS_MAX:
        raise refusals.bad_parameter(f"ids are at most {_IDS_MAX}.")
    rows = [asset for asset in ASSETS.values() if not wanted or asset.id in wanted]
    rows.sort(key=lambda asset: asset.id)
    cursor = call.query.get("pageCursor")
    page = paging.cut(
        rows,
        lambda asset: (asset.id,),
        order="ASC",
        limit=limit,
        after=paging.decode(cursor)[0] if cursor else None,
    )
    following = paging.encode(page.after) if page.after else None
    return Answer({"data": [_listed_asset(asset) for asset in page.rows], "next": following})


def _listed_asset(asset: Asset) -> dict[str, Any]:
    return {
        "id": _uuid_of(asset.id),
        "legacyId": asset.id,
        "blockchainId": _uuid_of(asset.chain.name),
        "displayName": asset.name,
        "displaySymbol": asset.id.partition("_")[0],
        "assetClass": "FT" if asset.is_token else "NATIVE",
        "onchain": {
            "symbol": asset.id.partition("_")[0],
            "name": asset.name,
            "address": asset.contract_address or "",
            "decimals": asset.decimals,
            "standards": [asset.type] if asset.is_token else [],
        },
        "metadata": {
            "scope": "LOCAL" if asset.id.startswith("ACME") else "GLOBAL",
            "verified": True,
            "deprecated": False,
        },
    }


def _uuid_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def _api_users(call: Call) -> Answer:
    return Answer(
        {
            "users": [
                {
                    "id": user.api_key,
                    "name": user.name,
                    "role": user.role,
                    "enabled": not call.faults.is_revoked(user.api_key),
                    "status": "READY",
                    "userType": "API",
                }
                for user in call.world.users
            ]
        }
    )


def _console_users(call: Call) -> Answer:
    """List the people of the workspace: one, whose id stands in records that it made."""
    return Answer({"users": [_console_user(call)]})


def _console_user(call: Call) -> dict[str, Any]:
    return {
        "id": call.world.maker_id,
        "firstName": "Ada",
        "lastName": "Treasurer",
        "email": "ada@acme.example",
        "role": "ADMIN",
        "enabled": True,
        "status": "READY",
        "userType": "CONSOLE",
    }


def _users(call: Call) -> Answer:
    shown = ("id", "firstName", "lastName", "role", "email", "enabled")
    person = _console_user(call)
    return Answer([{name: person[name] for name in shown}])


FACES = (
    Face("/v1/workspace", ROLES, _workspace),
    Face("/v1/assets", ROLES, _listed_assets),
    Face("/v1/supported_assets", EDITORS, _supported_assets),
    Face("/v1/users", ADMINS, _users),
    Face("/v1/management/users", ADMINS, _console_users),
    Face("/v1/management/api_users", ADMINS, _api_users),
)
