"""The faces of the workspace itself: its name, and what a Viewer may not read."""

from coinfrs_pipelines.emulator.fireblocks.calls import Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.users import ADMINS, EDITORS, ROLES

_EXCHANGES_DEFAULT, _EXCHANGES_MAX = 3, 5


def _workspace(call: Call) -> Answer:
    return Answer({"id": call.world.workspace_id, "name": call.world.name})


def _gas_station(_call: Call) -> Answer:
    return Answer(
        {
            "balance": {"ETH": "0.75"},
            "configuration": {"gasThreshold": "0.005", "gasCap": "0.01", "maxGasPrice": None},
        }
    )


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


def _exchange_accounts(call: Call) -> Answer:
    """List the connected exchange accounts: one, whose ledger is the exchange's own."""
    call.whole("limit", None, 1, _EXCHANGES_MAX)
    account = {
        "id": call.world.workspace_id[::-1],
        "type": "BINANCE",
        "name": "Binance",
        "status": "APPROVED",
        "success": True,
        "isSubaccount": False,
        "assets": [
            {
                "id": "BTC",
                "balance": "1.5",
                "lockedAmount": "0",
                "total": "1.5",
                "available": "1.5",
                "credit": "0",
            }
        ],
        "tradingAccounts": [],
    }
    return Answer({"exchanges": [account], "paging": {}})


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


FACES = (
    Face("/v1/workspace", ROLES, _workspace),
    Face("/v1/gas_station", EDITORS, _gas_station),
    Face("/v1/supported_assets", EDITORS, _supported_assets),
    Face("/v1/exchange_accounts/paged", ADMINS, _exchange_accounts),
    Face("/v1/management/api_users", ADMINS, _api_users),
)
