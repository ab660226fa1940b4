"""What the faces of the workspace itself and of its counterparties answer, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.emulator.fireblocks.faces import FACES

if TYPE_CHECKING:
    from tests.integration.emulator_fireblocks.conftest import OpenWorkspace, Workspace

ANY_ROLE = {"/v1/workspace", "/v1/assets", "/v1/network_connections"}
EDITORS_ONLY = {
    "/v1/transactions/validate_address/{asset_id}/{address}",
    "/v1/gas_station",
    "/v1/gas_station/{asset_id}",
    "/v1/supported_assets",
}
ADMINS_ONLY = {
    "/v1/exchange_accounts/paged",
    "/v1/exchange_accounts/{exchange_id}",
    "/v1/exchange_accounts/{exchange_id}/{asset}",
    "/v1/fiat_accounts",
    "/v1/users",
    "/v1/management/users",
    "/v1/management/api_users",
}
# What a segment of a path and a query may be, where a face wants one.
SEGMENTS = {
    "{asset_id}": "ETH",
    "{address}": "0x0000000000000000000000000000000000000000",
    "{vault_id}": "0",
    "{base_asset_id}": "ETH",
    "{asset}": "BTC",
}
QUERIES = {
    "/v1/exchange_accounts/paged": "?limit=1",
    "/v1/staking/positions_paginated": "?pageSize=1",
    "/v1/staking/positions/{position_id}/related_transactions": "?pageSize=1",
}


def target(path: str) -> str:
    for segment, value in SEGMENTS.items():
        path = path.replace(segment, value)
    return path.replace("{", "").replace("}", "")


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        ("AUDITOR", {face.path for face in FACES} - ANY_ROLE),
        ("VIEWER", EDITORS_ONLY | ADMINS_ONLY),
        ("EDITOR", ADMINS_ONLY),
        ("NON_SIGNING_ADMIN", set()),
        ("OWNER", set()),
    ],
)
def test_each_face_answers_403_to_exactly_the_roles_that_it_does_not_permit(
    open_workspace: OpenWorkspace, role: str, refused: set[str]
) -> None:
    """A name that does not exist is 404 to who may ask, and 403 to who may not."""
    workspace = open_workspace(roles=[role])
    found = {
        face.path: workspace.get_target(target(face.path) + QUERIES.get(face.path, ""))
        for face in FACES
    }
    assert {path for path, status in found.items() if status == 403} == refused
    assert {found[path] for path in found.keys() - refused} <= {200, 404}


def test_an_exchange_list_needs_a_limit_and_an_admin(workspace: Workspace) -> None:
    workspace.use(workspace.world.fireblocks.add_key({"role": "ADMIN"}))
    assert workspace.refusal("/v1/exchange_accounts/paged")[0] == 400
    assert workspace.refusal("/v1/exchange_accounts/paged?limit=6")[0] == 400
    assert workspace.read("/v1/exchange_accounts/paged", limit="5")["exchanges"]
    users = workspace.read("/v1/management/api_users")["users"]
    assert [user["role"] for user in users] == ["VIEWER", "ADMIN"]


def test_who_stands_in_records_stands_in_the_lists(workspace: Workspace) -> None:
    rows = workspace.transactions()
    named = {
        (peer["type"], peer["id"])
        for row in rows
        for peer in (row["source"], row["destination"])
        if peer["type"] in {"EXTERNAL_WALLET", "INTERNAL_WALLET", "CONTRACT", "NETWORK_CONNECTION"}
    }
    listed = {
        (kind, entry["id"])
        for kind, path in (
            ("EXTERNAL_WALLET", "/v1/external_wallets"),
            ("INTERNAL_WALLET", "/v1/internal_wallets"),
            ("CONTRACT", "/v1/contracts"),
            ("NETWORK_CONNECTION", "/v1/network_connections"),
        )
        for entry in workspace.read(path)
    }
    assert named
    assert named <= listed
    contacts = workspace.read("/v1/external_wallets")
    assert not any("balance" in asset for contact in contacts for asset in contact["assets"])


def test_a_stake_is_a_position_until_it_comes_back(workspace: Workspace) -> None:
    assert workspace.refusal("/v1/staking/positions_paginated")[0] == 400
    page = workspace.read("/v1/staking/positions_paginated", pageSize="100")
    assert {row["status"] for row in page["data"]} == {"ACTIVE", "WITHDRAWN"}
    records = {row["id"]: row for row in workspace.transactions()}
    for position in page["data"]:
        path = f"/v1/staking/positions/{position['id']}"
        told = workspace.read(path)["relatedTransactions"]
        moved = [records[each["txId"]] for each in told]
        assert {row["operation"] for row in moved} == {"STAKE"}
        assert moved[0]["source"]["id"] == position["vaultAccountId"]
        assert (len(moved) == 2) is (position["status"] == "WITHDRAWN")


def test_the_list_of_assets_is_cut_into_pages(workspace: Workspace) -> None:
    assert workspace.refusal("/v1/assets?pageSize=99")[0] == 400
    assert workspace.read("/v1/assets")["next"] is None
    some = workspace.read("/v1/assets?ids=SOL&ids=XRP")["data"]
    assert [asset["legacyId"] for asset in some] == ["SOL", "XRP"]
