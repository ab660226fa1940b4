"""Prove that a Fireblocks API user is a Viewer and nothing more.

No endpoint tells a role, so it is bracketed by reads without side effects: two that a Viewer may do
must answer 200, before and after, and five that need more must answer 403 (fireblocks.md B.2).
Anything else, a 401 or a failure too, proves nothing and refuses. Nothing is probed by writing.
"""

import json
from typing import Any

from coinfrs_pipelines.connectors.errors import VenueError
from coinfrs_pipelines.connectors.fireblocks.auth import CLOCK, bucket
from coinfrs_pipelines.connectors.http import Endpoint, VenueClient
from coinfrs_pipelines.connectors.proofs import NotReadOnly, Proof, refused

__all__ = ["NotReadOnly", "Proof", "prove_read_only"]

_FORBIDDEN = 403
# Any well-formed address does: a Viewer is refused before it is looked at.
_ANY_ADDRESS = f"ETH/0x{'0' * 40}"

# A Viewer's own; with them the roles of embedded wallets are shut out, which may not list vaults.
ALLOWED: tuple[tuple[str, dict[str, str]], ...] = (
    ("/v1/vault/accounts_paged", {"limit": "1"}),
    ("/v1/transactions", {"limit": "1"}),
)
# In order: open to all but Viewers; Editors and more (two); Administrators (two).
FORBIDDEN: tuple[tuple[str, dict[str, str]], ...] = (
    (f"/v1/transactions/validate_address/{_ANY_ADDRESS}", {}),
    ("/v1/gas_station", {}),
    ("/v1/supported_assets", {}),
    ("/v1/exchange_accounts/paged", {"limit": "1"}),
    ("/v1/management/api_users", {}),
)


def prove_read_only(client: VenueClient) -> Proof:
    """Prove the client's key to be a Viewer's and name the workspace it sees.

    Raises:
        NotReadOnly: the key may do more, or an answer is not the one that would prove it.

    """
    try:
        workspace_id = _workspace_id(client.call(CLOCK).body)
        probes = [_allowed(client, path, params) for path, params in ALLOWED]
        probes += [_forbidden(client, path, params) for path, params in FORBIDDEN]
        probes += [_allowed(client, path, params) for path, params in ALLOWED]
    except VenueError as error:
        refusal = refused(error)
    else:
        return Proof(workspace_id, "workspace", {"probes": probes})
    raise refusal


def _workspace_id(body: bytes) -> str:
    document = json.loads(body, parse_float=str)  # The client has checked that it is JSON.
    found = document.get("id") if isinstance(document, dict) else None
    if not isinstance(found, str) or not found:
        raise NotReadOnly("unclear", "Fireblocks did not say which workspace the key belongs to.")
    return found


def _allowed(client: VenueClient, path: str, params: dict[str, str]) -> dict[str, Any]:
    exchange = client.call(Endpoint(path, 1, bucket(path)), params)
    return {"path": path, "expected": 200, "status": exchange.status}


def _forbidden(client: VenueClient, path: str, params: dict[str, str]) -> dict[str, Any]:
    try:
        client.call(Endpoint(path, 1, bucket(path)), params)
    except VenueError as error:
        if error.status == _FORBIDDEN:
            return {"path": path, "expected": _FORBIDDEN, "status": error.status}
        raise
    raise NotReadOnly(
        "may_write",
        f"The API user may call {path}, which a Viewer may not. "
        "Make an API user with the role Viewer and register that.",
    )
