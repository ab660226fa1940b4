"""The official client reads the workspace, is refused by role, and meets limits and revocation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fireblocks.exceptions import ForbiddenException, UnauthorizedException
from fireblocks.models.asset import Asset
from fireblocks.models.fiat_account import FiatAccount
from fireblocks.models.get_api_users_response import GetAPIUsersResponse
from fireblocks.models.get_console_users_response import GetConsoleUsersResponse
from fireblocks.models.network_connection_response import NetworkConnectionResponse
from fireblocks.models.unmanaged_wallet import UnmanagedWallet

from coinfrs_pipelines.emulator.world import World

ADDRESS = "0x0000000000000000000000000000000000000000"


def test_the_workspace_is_typed_and_its_headers_are_there(viewer: Any, world: World) -> None:
    answer = viewer.workspace.get_workspace().result()
    assert answer.data.id == world.fireblocks.workspace_id
    for header in ("x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "date"):
        assert answer.headers[header]


def test_a_viewer_may_not_probe_further(viewer: Any) -> None:
    probes: list[tuple[Any, dict[str, Any]]] = [
        (viewer.transactions.validate_address, {"asset_id": "ETH", "address": ADDRESS}),
        (viewer.gas_stations.get_gas_station_info, {}),
        (viewer.blockchains_assets.get_supported_assets, {}),
        (viewer.exchange_accounts.get_paged_exchange_accounts, {"limit": 1}),
        (viewer.api_user.get_api_users, {}),
        (viewer.console_user.get_console_users, {}),
        (viewer.users.get_users, {}),
        (viewer.fiat_accounts.get_fiat_accounts, {}),
    ]
    for probe, arguments in probes:
        with pytest.raises(ForbiddenException) as refused:
            probe(**arguments).result()
        assert refused.value.status == 403


def test_a_viewer_reads_whom_the_workspace_deals_with(viewer: Any) -> None:
    for wallets in (
        viewer.external_wallets.get_external_wallets().result().data,
        viewer.internal_wallets.get_internal_wallets().result().data,
        viewer.contracts.get_contracts().result().data,
    ):
        assert wallets
        assert all(type(wallet) is UnmanagedWallet for wallet in wallets)
    (connection,) = viewer.network_connections.get_network_connections().result().data
    assert type(connection) is NetworkConnectionResponse


def test_the_list_of_assets_is_typed_and_names_the_legacy_ids(viewer: Any) -> None:
    page = viewer.blockchains_assets.list_assets(page_size=100).result().data
    assert all(type(asset) is Asset for asset in page.data)
    assert {"BTC", "USDC", "SOL_USDC_PTHX"} <= {asset.legacy_id for asset in page.data}
    assert page.next is None
    some = viewer.blockchains_assets.list_assets(ids=["BTC", "ETH"]).result().data
    assert [asset.legacy_id for asset in some.data] == ["BTC", "ETH"]


def test_an_admin_gets_typed_answers_where_a_viewer_is_refused(admin: Any, world: World) -> None:
    valid = admin.transactions.validate_address("ETH", ADDRESS).result().data
    assert valid.is_valid is True
    station = admin.gas_stations.get_gas_station_info().result().data
    assert station.configuration.gas_cap == "0.01"
    assert admin.gas_stations.get_gas_station_by_asset_id("ETH").result().data.balance
    assets = admin.blockchains_assets.get_supported_assets().result().data
    assert {asset.id: asset.native_asset for asset in assets}["USDC"] == "ETH"
    exchanges = admin.exchange_accounts.get_paged_exchange_accounts(limit=1).result().data
    exchange = exchanges.exchanges[0]
    assert exchange.type.value == "BINANCE"
    single = admin.exchange_accounts.get_exchange_account(exchange.id).result().data
    assert single == exchange
    btc = admin.exchange_accounts.get_exchange_account_asset(exchange.id, "BTC").result().data
    assert btc.total == "1.5"
    (bank,) = admin.fiat_accounts.get_fiat_accounts().result().data
    assert type(bank) is FiatAccount
    users = admin.api_user.get_api_users().result().data
    assert type(users) is GetAPIUsersResponse
    assert [user.role.value for user in users.users] == ["VIEWER", "ADMIN"]
    assert [user.id for user in users.users] == [u.api_key for u in world.fireblocks.users]
    people = admin.console_user.get_console_users().result().data
    assert type(people) is GetConsoleUsersResponse
    assert [user.id for user in admin.users.get_users().result().data] == [people.users[0].id]


def test_the_client_meets_a_429_as_the_real_one(viewer: Any, world: World) -> None:
    """It sleeps for Retry-After and repeats the same token, whose nonce is not used up."""
    world.faults.inject({"kind": "http_429", "path": "/v1/workspace", "retry_after": 1})
    assert viewer.workspace.get_workspace().result().data.id == world.fireblocks.workspace_id


def test_a_revoked_user_is_unauthorised(
    client_of: Callable[[dict[str, str]], Any], world: World
) -> None:
    credential = world.fireblocks.add_key({})
    world.faults.inject({"kind": "revoke_key", "api_key": credential["api_key"]})
    with client_of(credential) as client, pytest.raises(UnauthorizedException):
        client.workspace.get_workspace().result()
