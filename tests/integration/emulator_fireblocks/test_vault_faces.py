"""What the faces of vault accounts and wallets answer: pages, sums, heights, births."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS

if TYPE_CHECKING:
    from tests.integration.emulator_fireblocks.conftest import OpenWorkspace, Workspace

START = datetime(2026, 1, 5, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(instant: datetime) -> str:
    return str((instant - EPOCH) // timedelta(milliseconds=1))


def test_all_vault_accounts_are_listed_hidden_and_empty_ones_too(workspace: Workspace) -> None:
    body = workspace.read("/v1/vault/accounts_paged")
    accounts = {account["id"]: account for account in body["accounts"]}
    assert list(accounts) == ["7", "3", "2", "1", "0"]
    assert accounts["3"]["hiddenOnUI"] is True
    assert accounts["7"]["assets"] == []
    assert body["paging"] == {}
    assert workspace.read("/v1/vault/accounts/3") == accounts["3"]
    assert workspace.refusal("/v1/vault/accounts/99")[0] == 404
    named = workspace.read("/v1/vault/accounts_paged", namePrefix="Tr", orderBy="ASC")
    assert [account["name"] for account in named["accounts"]] == ["Treasury", "Trading desk"]
    with_xrp = workspace.read("/v1/vault/accounts_paged", assetId="XRP", minAmountThreshold="1")
    assert [account["id"] for account in with_xrp["accounts"]] == ["2", "1"]


@pytest.mark.parametrize(
    ("path", "rows", "largest"),
    [
        ("/v1/vault/accounts_paged", "accounts", 500),
        ("/v1/vault/asset_wallets", "assetWallets", 1000),
    ],
)
def test_the_pages_of_vaults_and_wallets_are_complete_and_disjoint(
    workspace: Workspace, path: str, rows: str, largest: int
) -> None:
    everything = workspace.read(path)[rows]
    for limit in (1, 2, 3, len(everything)):
        found: list[dict[str, Any]] = []
        page = workspace.read(path, limit=limit)
        while True:
            found += page[rows]
            if not page["paging"].get("after"):
                break
            page = workspace.read(path, limit=limit, after=page["paging"]["after"])
        assert found == everything
    second = workspace.read(path, limit=2, after=workspace.read(path, limit=2)["paging"]["after"])
    back = workspace.read(path, limit=2, before=second["paging"]["before"])
    assert back[rows] == everything[:2]
    assert workspace.refusal(f"{path}?limit={largest + 1}")[0] == 400
    assert workspace.refusal(f"{path}?after=nonsense")[0] == 400


def test_a_wallets_amounts_add_up_and_the_workspaces_totals_are_their_sum(
    open_workspace: OpenWorkspace,
) -> None:
    workspace = open_workspace(START, frozen_deposits=True)
    busy = Counter[str]()
    instants = sorted(
        stage.at + timedelta(milliseconds=1)
        for event in workspace.world.fireblocks.ledger_events[1:]
        if (movement := workspace.world.fireblocks.movement(event.event_id))
        for stage in movement.stages
    )
    for instant in instants[::9]:
        workspace.emulation.clock.advance_to(instant)
        wallets = workspace.wallets()
        totals = Counter[str]()
        for (_, asset), row in wallets.items():
            amounts = {
                n: Decimal(row[n]) for n in ("available", "pending", "lockedAmount", "frozen")
            }
            assert Decimal(row["total"]) == sum(amounts.values())
            assert min(amounts.values()) >= 0
            busy.update(name for name, amount in amounts.items() if amount)
            totals[asset] += Decimal(row["total"])  # type: ignore[assignment]  # A Counter sums.
        told = {row["id"]: Decimal(row["total"]) for row in workspace.read("/v1/vault/assets")}
        assert told == totals
    assert set(busy) == {"available", "pending", "lockedAmount", "frozen"}


def test_heights_are_text_and_missing_where_the_chain_tells_none(
    open_workspace: OpenWorkspace,
) -> None:
    for absent, nothing in (("null", None), ("empty", "")):
        workspace = open_workspace(absent_height=absent)
        for (_, asset), row in workspace.wallets().items():
            if not ASSETS[asset].chain.wallets_have_height:
                assert (row["blockHeight"], row["blockHash"]) == (nothing, nothing)
            else:
                assert row["blockHeight"].isdecimal()
                assert (row["blockHash"] == nothing) is (asset == "BTC")


def test_wallets_of_one_chain_may_lag_behind_each_other(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(height_lag_blocks=5)
    heights = {r["blockHeight"] for (_, asset), r in workspace.wallets().items() if asset == "ETH"}
    assert len(heights) > 1


def test_a_wallet_comes_to_be_with_its_first_deposit(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START + timedelta(minutes=5))
    opening = workspace.wallets()
    workspace.emulation.clock.advance_to(START + timedelta(days=9))
    closing = workspace.wallets()
    born = closing.keys() - opening.keys()
    born -= {key for key in born if key[1] in {"ALGO_USDC_UV4I", "SOL_USDC_PTHX"}}
    assert {asset for _, asset in born} == {"LINK", "BTC", "SOL"}
    assert opening.keys() <= closing.keys()
    for vault, asset in born:
        created_at = int(closing[vault, asset]["creationTimestamp"])
        assert created_at > int(ms(START + timedelta(days=2)))
        first = workspace.transactions(destId=vault, assets=asset)[-1]
        assert first["createdAt"] == created_at
    for row in opening.values():
        assert int(row["creationTimestamp"]) < int(ms(START))


@pytest.mark.parametrize(("vault", "asset"), [("3", "BTC"), ("0", "USDC")])
def test_a_wallet_may_be_listed_no_more(workspace: Workspace, vault: str, asset: str) -> None:
    """It is in no list and in no total: absent is not zero."""
    before = workspace.wallets()
    totals = {row["id"]: Decimal(row["total"]) for row in workspace.read("/v1/vault/assets")}
    account_ref = f"{workspace.world.fireblocks.workspace_id}/{vault}"
    workspace.fault(kind="hide_wallet", account_ref=account_ref, asset=asset)
    after = workspace.wallets()
    assert before.keys() - after.keys() == {(vault, asset)}
    assert all(after[wallet] == before[wallet] for wallet in after)
    account = workspace.read(f"/v1/vault/accounts/{vault}")
    assert asset not in {row["id"] for row in account["assets"]}
    assert workspace.refusal(f"/v1/vault/accounts/{vault}/{asset}")[0] == 404
    fewer = Decimal(workspace.read(f"/v1/vault/assets/{asset}")["total"])
    assert totals[asset] - fewer == Decimal(before[vault, asset]["total"]) > 0


def test_two_readings_of_a_wallet_may_differ(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START + timedelta(days=5))
    now = workspace.wallets()["1", "USDC"]
    workspace.fault(
        kind="stale_wallet",
        account_ref=f"{workspace.world.fireblocks.workspace_id}/1",
        asset="USDC",
        at=(START + timedelta(days=1)).isoformat(),
    )
    stale = workspace.wallets()["1", "USDC"]
    assert stale["total"] != now["total"]
    assert int(stale["blockHeight"]) < int(now["blockHeight"])
    assert workspace.wallets()["1", "USDC"] == now
