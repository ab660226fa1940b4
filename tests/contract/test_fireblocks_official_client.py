"""Fireblocks' official client, pointed at the emulator, parses every face into its typed models.

The client signs with real time, so the venue's clock runs at real now. A model that does not fit is
only a warning to it, which is an error here.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fireblocks.client import Fireblocks
from fireblocks.client_configuration import ClientConfiguration
from fireblocks.exceptions import ForbiddenException, NotFoundException, UnauthorizedException
from fireblocks.models.asset_wallet import AssetWallet
from fireblocks.models.get_api_users_response import GetAPIUsersResponse
from fireblocks.models.transaction_response import TransactionResponse
from fireblocks.models.vault_account import VaultAccount
from fireblocks.models.vault_asset import VaultAsset

from coinfrs_pipelines.emulator.app import Running, serve
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World

DAYS = 9
OPTIONS = {"roles": ["VIEWER", "ADMIN"], "frozen_deposits": True, "late_approvals": True}
ADDRESS = "0x0000000000000000000000000000000000000000"


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """Run a world that began eight days ago, at real now."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    emulation = Emulation(VenueClock())
    emulation.add_world(7, start - timedelta(days=DAYS - 1), DAYS, {"fireblocks": OPTIONS})
    with serve(emulation) as running:
        yield running


@pytest.fixture(scope="module")
def world(running: Running) -> World:
    return next(iter(running.emulation.worlds.values()))


def client_of(running: Running, credential: dict[str, str]) -> Any:
    configuration = ClientConfiguration(
        api_key=credential["api_key"],
        secret_key=credential["private_key_pem"],
        base_path=f"{running.url}/v1",
    )
    return Fireblocks(configuration)


@pytest.fixture(scope="module")
def viewer(running: Running, world: World) -> Iterator[Any]:
    with client_of(running, world.credentials()[-2]) as client:
        yield client


@pytest.fixture(scope="module")
def admin(running: Running, world: World) -> Iterator[Any]:
    with client_of(running, world.credentials()[-1]) as client:
        yield client


def test_every_transaction_is_typed(viewer: Any, world: World) -> None:
    """All pages, followed by the `next` cursor alone, and each record by its id."""
    begun = datetime.now(UTC)
    found: list[TransactionResponse] = []
    query: dict[str, Any] = {"after": "0", "limit": 40}
    while True:
        page = viewer.transactions.get_transactions(**query).result()
        found += page.data
        url = page.headers.get("next-page")
        if not url:
            break
        query = {"next": parse_qs(urlsplit(url).query)["next"][0], "limit": 40}
    assert all(type(each) is TransactionResponse for each in found)
    assert max(Counter(each.id for each in found).values()) == 1
    assert {each.tx_id for each in world.fireblocks.movements_by(begun)} <= {e.id for e in found}
    shapes: dict[tuple[str, ...], TransactionResponse] = {}
    for each in found:
        shapes.setdefault((each.operation.value, each.status, each.destination.type), each)
    assert len(shapes) > 8
    for each in shapes.values():
        single = viewer.transactions.get_transaction(each.id).result().data
        assert type(single) is TransactionResponse
        assert single.id == each.id
        assert single.created_at == each.created_at


def test_filters_and_bounds_of_the_client_reach_the_face(viewer: Any) -> None:
    rows = viewer.transactions.get_transactions(
        after="0", status="COMPLETED", assets="BTC,ETH", order_by="lastUpdated", sort="ASC"
    ).result()
    assert rows.data
    assert {row.status for row in rows.data} == {"COMPLETED"}
    assert {row.asset_id for row in rows.data} == {"BTC", "ETH"}
    assert "next-page" not in rows.headers


def test_vault_accounts_and_their_assets_are_typed(viewer: Any) -> None:
    found: list[VaultAccount] = []
    after = None
    while True:
        page = viewer.vaults.get_paged_vault_accounts(limit=2, after=after).result().data
        found += page.accounts
        after = page.paging.after
        if not after:
            break
    assert [account.id for account in found] == ["7", "3", "2", "1", "0"]
    assert all(type(asset) is VaultAsset for account in found for asset in account.assets)
    account = viewer.vaults.get_vault_account("3").result().data
    assert type(account) is VaultAccount
    assert account.hidden_on_ui is True
    with pytest.raises(NotFoundException):
        viewer.vaults.get_vault_account("99").result()


def test_asset_wallets_and_totals_are_typed(viewer: Any) -> None:
    found: list[AssetWallet] = []
    after = None
    while True:
        page = viewer.vaults.get_asset_wallets(limit=5, after=after).result().data
        found += page.asset_wallets
        after = page.paging.after
        if not after:
            break
    assert len(found) > 15
    assert all(type(wallet) is AssetWallet for wallet in found)
    totals = viewer.vaults.get_vault_assets().result().data
    assert {asset.id for asset in totals} == {wallet.asset_id for wallet in found}
    assert all(type(asset) is VaultAsset for asset in totals)


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
    ]
    for probe, arguments in probes:
        with pytest.raises(ForbiddenException) as refused:
            probe(**arguments).result()
        assert refused.value.status == 403


def test_an_admin_gets_typed_answers_where_a_viewer_is_refused(admin: Any, world: World) -> None:
    valid = admin.transactions.validate_address("ETH", ADDRESS).result().data
    assert valid.is_valid is True
    station = admin.gas_stations.get_gas_station_info().result().data
    assert station.configuration.gas_cap == "0.01"
    assets = admin.blockchains_assets.get_supported_assets().result().data
    assert {asset.id: asset.native_asset for asset in assets}["USDC"] == "ETH"
    exchanges = admin.exchange_accounts.get_paged_exchange_accounts(limit=1).result().data
    assert exchanges.exchanges[0].type.value == "BINANCE"
    users = admin.api_user.get_api_users().result().data
    assert type(users) is GetAPIUsersResponse
    assert [user.role.value for user in users.users] == ["VIEWER", "ADMIN"]
    assert [user.id for user in users.users] == [u.api_key for u in world.fireblocks.users]


def test_the_client_meets_a_429_as_the_real_one(viewer: Any, world: World) -> None:
    """It sleeps for Retry-After and repeats the same token, whose nonce is not used up."""
    world.faults.inject({"kind": "http_429", "path": "/v1/workspace", "retry_after": 1})
    assert viewer.workspace.get_workspace().result().data.id == world.fireblocks.workspace_id


def test_a_revoked_user_is_unauthorised(running: Running, world: World) -> None:
    credential = world.fireblocks.add_key({})
    world.faults.inject({"kind": "revoke_key", "api_key": credential["api_key"]})
    with client_of(running, credential) as client, pytest.raises(UnauthorizedException):
        client.workspace.get_workspace().result()
