"""Prove that a Fireblocks API user is a Viewer and nothing more, and list its vault accounts.

No endpoint tells a role, so it is bracketed by reads without side effects: two that a Viewer may do
must answer 200, before and after, and five that need more must answer 403 (fireblocks.md B.2), and
the venue itself. Anything else, a 401, a failure or a firewall too, proves nothing and refuses.
Nothing is probed by writing.
"""

import json
from typing import Any

from coinfrs_pipelines.connectors.errors import NotEnabled, VenueError
from coinfrs_pipelines.connectors.fireblocks.auth import CLOCK, bucket
from coinfrs_pipelines.connectors.http import Endpoint, VenueClient
from coinfrs_pipelines.connectors.proofs import NotReadOnly, Proof, SeenAccount, refused

__all__ = ["NotReadOnly", "Proof", "list_accounts", "prove_read_only"]

_OK, _FORBIDDEN = 200, 403
_VAULT_ACCOUNTS = "/v1/vault/accounts_paged"
_VAULT_ACCOUNTS_PER_PAGE = "500"
# Any well-formed address does: a Viewer is refused before it is looked at.
_ANY_ADDRESS = f"ETH/0x{'0' * 40}"

# A Viewer's own; with them the roles of embedded wallets are shut out, which may not list vaults.
ALLOWED: tuple[tuple[str, dict[str, str]], ...] = (
    (_VAULT_ACCOUNTS, {"limit": "1"}),
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
    probes: list[dict[str, Any]] = []
    evidence = {"probes": probes}
    try:
        workspace_id = _workspace_id(client.call(CLOCK).body)
        for expected, endpoints in ((_OK, ALLOWED), (_FORBIDDEN, FORBIDDEN), (_OK, ALLOWED)):
            for path, params in endpoints:
                _probe(client, path, params, expected, probes)
    except VenueError as error:
        refusal = refused(error, evidence)
    else:
        return Proof(workspace_id, "workspace", evidence)
    raise refusal


def list_accounts(client: VenueClient, proof: Proof) -> tuple[SeenAccount, ...]:
    """Return the vault accounts of the workspace.

    Raises:
        NotReadOnly: the list was not answered, or not in the form that it has.

    """
    endpoint = Endpoint(_VAULT_ACCOUNTS, 1, bucket(_VAULT_ACCOUNTS))
    params = {"limit": _VAULT_ACCOUNTS_PER_PAGE}
    found: list[SeenAccount] = []
    asked: set[str] = set()
    try:
        while True:
            document = json.loads(client.call(endpoint, params).body, parse_float=str)
            rows = document.get("accounts") if isinstance(document, dict) else None
            if not isinstance(rows, list):
                raise _unknown_list()
            found += [_vault_account(row, proof.account_ref) for row in rows]
            paging = document.get("paging")
            after = paging.get("after") if isinstance(paging, dict) else None
            if not after:
                return tuple(found)
            # A cursor that comes twice would never end.
            if not isinstance(after, str) or after in asked:
                raise _unknown_list()
            asked.add(after)
            params = {"limit": _VAULT_ACCOUNTS_PER_PAGE, "after": after}
    except VenueError as error:
        raise refused(error) from None


def _vault_account(row: Any, workspace_id: str) -> SeenAccount:
    vault_id = row.get("id") if isinstance(row, dict) else None
    if not isinstance(vault_id, str) or not vault_id:
        raise _unknown_list()
    name = row.get("name")
    return SeenAccount(f"{workspace_id}/{vault_id}", str(name) if name else None, "vault_account")


def _unknown_list() -> NotReadOnly:
    return NotReadOnly("unclear", "Fireblocks' list of vault accounts has an unknown form.")


def _workspace_id(body: bytes) -> str:
    document = json.loads(body, parse_float=str)  # The client has checked that it is JSON.
    found = document.get("id") if isinstance(document, dict) else None
    if not isinstance(found, str) or not found:
        raise NotReadOnly("unclear", "Fireblocks did not say which workspace the key belongs to.")
    return found


def _probe(
    client: VenueClient,
    path: str,
    params: dict[str, str],
    expected: int,
    probes: list[dict[str, Any]],
) -> None:
    """Ask, note what was answered, and refuse what was not expected."""
    error: VenueError | None = None
    try:
        status: int | None = client.call(Endpoint(path, 1, bucket(path)), params).status
    except VenueError as refusal:
        error, status = refusal, refusal.status
    probes.append({"path": path, "expected": expected, "status": status})
    if expected == _FORBIDDEN and error is None:
        raise NotReadOnly(
            "may_write",
            f"The API user may call {path}, which a Viewer may not. "
            "Make an API user with the role Viewer and register that.",
            evidence={"probes": probes},
        )
    # The venue's own refusal alone: a firewall's 403 says nothing about the role.
    if error is not None and not (expected == _FORBIDDEN and isinstance(error, NotEnabled)):
        raise error
