"""A workspace of 5,000 vault accounts answers page by page, and each page costs only itself."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from tests.integration.emulator_fireblocks.conftest import Workspace
from tests.venues import serving

START = datetime(2026, 1, 5, tzinfo=UTC)
VAULTS = 5_000
# What a page may take on a busy machine; a walk that sums all wallets for each page takes longer.
SECONDS_PER_PAGE = 0.6


@pytest.fixture(scope="module")
def large() -> Iterator[Workspace]:
    """Return one workspace for all tests: to make it takes seconds."""
    clock = VenueClock(START + timedelta(days=3, minutes=5), held=True)
    with serving(Emulation(clock, limits_factor=Decimal(1))) as running:
        options = {"fireblocks": {"vault_accounts": VAULTS}}
        workspace = Workspace(running, running.emulation.add_world(7, START, 9, options))
        yield workspace
        workspace.http.close()


def walk(workspace: Workspace, path: str, rows: str, limit: int) -> tuple[list[Any], int]:
    """Return all rows of a list, and how many pages it had."""
    found: list[Any] = []
    query: dict[str, Any] = {"limit": limit}
    for pages in range(1, 1_000):
        page = workspace.read(path, **query)
        found += page[rows]
        if not page["paging"].get("after"):
            return found, pages
        query["after"] = page["paging"]["after"]
    raise AssertionError("the walk does not end")


def test_all_its_wallets_are_read_in_a_few_pages_and_add_up(large: Workspace) -> None:
    begun = time.monotonic()
    wallets, pages = walk(large, "/v1/vault/asset_wallets", "assetWallets", 1_000)
    assert pages == 50
    assert time.monotonic() - begun < pages * SECONDS_PER_PAGE
    assert len({(row["vaultId"], row["assetId"]) for row in wallets}) == len(wallets) > 49_900
    totals = Counter[str]()
    for row in wallets:
        totals[row["assetId"]] += Decimal(row["total"])  # type: ignore[assignment]  # It sums.
    told = {row["id"]: Decimal(row["total"]) for row in large.read("/v1/vault/assets")}
    assert told == totals
    named = large.read("/v1/vault/assets", accountNamePrefix="Customer")
    assert {row["id"] for row in named} <= set(told)
    assert all(Decimal(row["total"]) <= told[row["id"]] for row in named)


def test_all_its_vault_accounts_are_read_in_a_few_pages(large: Workspace) -> None:
    begun = time.monotonic()
    accounts, pages = walk(large, "/v1/vault/accounts_paged", "accounts", 500)
    assert pages == 10
    # Each has ten wallets, so that a page here is as large as five there.
    assert time.monotonic() - begun < pages * 5 * SECONDS_PER_PAGE
    assert [account["id"] for account in accounts] == sorted(
        (account["id"] for account in accounts), key=int, reverse=True
    )
    assert len(accounts) == VAULTS


def test_something_happens_in_it_beside_the_named_accounts(large: Workspace) -> None:
    sides = {
        peer["id"]
        for row in large.transactions()
        for peer in (row["source"], row["destination"])
        if peer["type"] == "VAULT_ACCOUNT"
    }
    assert len(sides) > 10
