"""The official client reads vault accounts, wallets and what is staked into its own models."""

from __future__ import annotations

from typing import Any

import pytest
from fireblocks.exceptions import NotFoundException
from fireblocks.models.asset_wallet import AssetWallet
from fireblocks.models.delegation import Delegation
from fireblocks.models.position import Position
from fireblocks.models.vault_account import VaultAccount
from fireblocks.models.vault_asset import VaultAsset


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
        page = viewer.vaults.get_asset_wallets(limit=9, after=after).result().data
        found += page.asset_wallets
        after = page.paging.after
        if not after:
            break
    assert len(found) > 20
    assert all(type(wallet) is AssetWallet for wallet in found)
    totals = viewer.vaults.get_vault_assets().result().data
    assert {asset.id for asset in totals} == {wallet.asset_id for wallet in found}
    assert all(type(asset) is VaultAsset for asset in totals)


def test_a_single_wallet_its_address_and_the_total_of_its_asset_are_typed(viewer: Any) -> None:
    wallet = viewer.vaults.get_vault_account_asset("3", "BTC").result().data
    assert type(wallet) is VaultAsset
    assert wallet.id == "BTC"
    total = viewer.vaults.get_vault_balance_by_asset(asset_id="BTC").result().data
    assert type(total) is VaultAsset
    pages = viewer.vaults.get_vault_account_asset_addresses_paginated("3", "BTC").result().data
    assert pages.addresses[0].address.startswith("bc1q")
    with pytest.raises(NotFoundException):
        viewer.vaults.get_vault_account_asset("3", "XRP").result()


def test_staking_positions_are_typed_page_by_page(viewer: Any) -> None:
    found: list[Position] = []
    cursor = None
    while True:
        page = viewer.staking.get_positions(page_size=1, page_cursor=cursor).result().data
        found += page.data
        cursor = page.next
        if not cursor:
            break
    assert all(type(position) is Position for position in found)
    assert {position.chain_descriptor for position in found} == {"ETH", "SOL"}
    everything = viewer.staking.get_all_delegations().result().data
    assert all(type(each) is Delegation for each in everything)
    assert [each.id for each in everything] == [position.id for position in found]
    one = viewer.staking.get_delegation_by_id(found[0].id).result().data
    related = viewer.staking.get_position_related_transactions(found[0].id, 10).result().data
    assert [each.tx_id for each in one.related_transactions] == [e.tx_id for e in related.data]
