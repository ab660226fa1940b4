"""Prove that a Fireblocks API user is a Viewer and nothing more, and list its vault accounts.

No endpoint tells a role, so it is bracketed by reads without side effects: two that a Viewer may do
must answer 200, before and after, and five that need more must answer 403 (fireblocks.md B.2), and
the venue itself. Anything else, a 401, a failure or a firewall too, proves nothing and refuses.
Nothing is probed by writing.
"""

import json
from typing import Any

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.errors import NotEnabled, VenueError
from coinfrs_pipelines.connectors.fireblocks.auth import CLOCK, bucket
from coinfrs_pipelines.connectors.fireblocks.streams import VAULT_ACCOUNTS
from coinfrs_pipelines.connectors.http import Endpoint, VenueClient
from coinfrs_pipelines.connectors.proofs import NotReadOnly, Proof, SeenAccount, refused
from coinfrs_pipelines.connectors.walks import walk

__all__ = ["NotReadOnly", "Proof", "list_accounts", "prove_read_only"]

_OK, _FORBIDDEN = 200, 403
# Any well-formed address does: a Viewer is refused before it is looked at.
_ANY_ADDRESS = f"ETH/0x{'0' * 40}"

# A Viewer's own; with them the roles of embedded wallets are shut out, which may not list vaults.
ALLOWED: tuple[tuple[str, dict[str, str]], ...] = (
    (VAULT_ACCOUNTS.path, {"limit": "1"}),
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
        NotReadOnly: the list was not answered, contradicts itself, or has not the form that it has.

    """
    try:
        pages = walk(client, VAULT_ACCOUNTS).pages
    except VenueError as error:
        raise refused(error) from None
    found: dict[str, SeenAccount] = {}
    for record in (record for page in pages for record in page.records):
        name = payloads.read(record.payload).get("name")
        external_id = f"{proof.account_ref}/{record.source_raw_id}"
        # One that was renamed between two pages comes twice; the later is the newer.
        found[external_id] = SeenAccount(external_id, str(name) if name else None, "vault_account")
    return tuple(found.values())


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
