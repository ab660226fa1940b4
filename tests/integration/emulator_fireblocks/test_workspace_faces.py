"""What the faces of the workspace itself answer, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.integration.emulator_fireblocks.conftest import Workspace


def test_an_exchange_list_needs_a_limit_and_an_admin(workspace: Workspace) -> None:
    workspace.use(workspace.world.fireblocks.add_key({"role": "ADMIN"}))
    assert workspace.refusal("/v1/exchange_accounts/paged")[0] == 400
    assert workspace.refusal("/v1/exchange_accounts/paged?limit=6")[0] == 400
    assert workspace.read("/v1/exchange_accounts/paged", limit="5")["exchanges"]
    users = workspace.read("/v1/management/api_users")["users"]
    assert [user["role"] for user in users] == ["VIEWER", "ADMIN"]
