"""The graph of the assets is the order of a run, and every declared stream has its asset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.connectors.binance.streams import STREAMS as BINANCE
from coinfrs_pipelines.connectors.binance.streams import portfolio
from coinfrs_pipelines.connectors.fireblocks.streams import STREAMS as FIREBLOCKS
from coinfrs_pipelines.extract import binance, fireblocks
from coinfrs_pipelines.extract.permissions import permission_proofs

if TYPE_CHECKING:
    import dagster as dg

    from coinfrs_pipelines.connectors.streams import Stream

ASSETS = [permission_proofs, *binance.assets, *fireblocks.assets]


def upstream(key: dg.AssetKey) -> set[str]:
    """Return the names of everything that is read before an asset."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        key = waiting.pop()
        [asset] = [asset for asset in ASSETS if key in asset.keys]
        for dependency in asset.asset_deps[key]:
            if dependency.path[-1] not in found:
                found.add(dependency.path[-1])
                waiting.append(dependency)
    return found


def of(schema: str, name: str) -> set[str]:
    [key] = [key for asset in ASSETS for key in asset.keys if key.path == [schema, name]]
    return upstream(key)


def test_open_records_are_read_before_the_captures_and_streams_after_them() -> None:
    captures = of("staging_binance", "raw_live_captures")
    lists = {"raw_symbols", "raw_delistings", "raw_coins"}
    still_open = {f"open_{stream.name}" for stream in BINANCE if stream.changes_unseen}
    assert {"open_withdrawals", "open_account_info", "open_sub_accounts"} <= still_open
    assert captures == {*lists, *still_open, "binance_streams", "permission_proofs"}
    for stream in ("deposits", "withdrawals", "asset_transfers", "account_snapshots"):
        assert "raw_live_captures" in of("staging_binance", f"raw_{stream}")
    assert of("staging_fireblocks", "raw_live_captures") == {
        "open_transactions",
        "raw_vault_accounts",
        "fireblocks_streams",
        "permission_proofs",
    }
    assert "raw_live_captures" in of("staging_fireblocks", "raw_transactions")


def test_fills_of_spot_come_after_all_that_may_bring_an_asset_to_light() -> None:
    """Their candidates are the symbols of the assets that were seen till then."""
    fills = {"raw_spot_trades", "raw_allocations"}
    naming = {
        stream.raw_table
        for stream in BINANCE
        if stream.asset_fields and "spot" in stream.wallets and stream.is_read
    }
    assert {"raw_deposits", "raw_conversions"} <= naming
    for table in fills:
        before = of("staging_binance", table)
        assert (naming - fills) | {"raw_live_captures", "raw_account_snapshots"} <= before
        assert not before & fills


def test_assets_come_to_light_before_they_are_asked_for_one_by_one() -> None:
    """What tells an asset of portfolio margin is read before its loans, symbols before assets."""
    rules = [stream.scope_rule for stream in portfolio.STREAMS]
    assert rules == sorted(rules, key=("none", "symbols", "assets").index)


@pytest.mark.parametrize("stream", [*BINANCE, *FIREBLOCKS], ids=lambda stream: stream.name)
def test_every_stream_that_is_read_has_an_asset(stream: Stream) -> None:
    keys = {tuple(key.path) for asset in ASSETS for key in asset.keys}
    has_asset = (f"staging_{stream.venue}", stream.raw_table) in keys
    assert has_asset == stream.is_read


def test_a_range_of_days_is_one_run_and_everything_that_is_read_is_daily() -> None:
    """A key is proven for today, whichever day is closed."""
    for asset in ASSETS[1:]:
        assert asset.partitions_def is not None
        assert asset.partitions_def.get_partition_keys()[0] == "2024-01-01"
        assert asset.backfill_policy is not None
        assert asset.backfill_policy.max_partitions_per_run is None
