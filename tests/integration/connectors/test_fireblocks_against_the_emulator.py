"""Every stream and reading of Fireblocks over the emulator's wire, compared with its truth."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coinfrs_pipelines.connectors.errors import Permanent, Unauthorised
from coinfrs_pipelines.connectors.fireblocks import permissions, streams
from coinfrs_pipelines.connectors.fireblocks.positions import capture
from coinfrs_pipelines.connectors.streams import Stream, Whole
from coinfrs_pipelines.connectors.walks import Walk, walk

START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = START + timedelta(days=9, minutes=5)
BEGIN = datetime(1970, 1, 1, tzinfo=UTC)


def _client(running: Any) -> Any:
    return running.connect(running.credentials("fireblocks")[0])


def _small(stream: Stream, page_size: int) -> Stream:
    assert stream.style is not None
    assert not isinstance(stream.style, Whole)
    return replace(stream, style=replace(stream.style, page_size=page_size))


def _found(result: Walk) -> Counter[str]:
    return Counter(record.source_raw_id for page in result.pages for record in page.records)


def _created_before(running: Any, instant: datetime) -> Counter[str]:
    movements = running.world.fireblocks.movements_by(running.emulation.clock.now())
    return Counter(m.tx_id for m in movements if m.created_at < instant)


@pytest.mark.parametrize("page_size", [500, 7, 2])
@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_transactions_are_walked_to_the_worlds_truth(
    emulator: Any, page_size: int, bounds: str
) -> None:
    running = emulator(options={"fireblocks": {"window_bounds": bounds}})
    stream = _small(streams.TRANSACTIONS, page_size)
    result = walk(_client(running), stream, start=BEGIN, end=NOW)
    expected = _created_before(running, NOW)
    assert expected
    assert _found(result) == expected
    assert (result.proven_from, result.proven_to) == (BEGIN, NOW)


def test_a_record_created_at_a_bound_is_in_one_of_the_two_windows(emulator: Any) -> None:
    """Whether the venue counts a bound in is not known; two adjacent windows lose nothing."""
    for bounds in ("exclusive", "inclusive"):
        running = emulator(options={"fireblocks": {"window_bounds": bounds}})
        client = _client(running)
        everything = _created_before(running, NOW)
        some_id = sorted(everything)[len(everything) // 2]
        cut = running.world.fireblocks.movement(some_id).created_at
        before = walk(client, streams.TRANSACTIONS, start=BEGIN, end=cut)
        after = walk(client, streams.TRANSACTIONS, start=cut, end=NOW)
        assert set(_found(before)) | set(_found(after)) == set(everything)
        assert some_id in _found(after)


@pytest.mark.parametrize("rows", [None, 1])
def test_repeated_pages_change_nothing(emulator: Any, rows: int | None) -> None:
    running = emulator()
    client = _client(running)
    for path in ("/v1/transactions", "/v1/vault/accounts_paged", "/v1/vault/asset_wallets"):
        fault = {"kind": "repeat_page", "path": path, "requests": 1 if rows is None else 1000}
        running.fault(**fault, **({} if rows is None else {"rows": rows}))
    found = walk(client, _small(streams.TRANSACTIONS, 10), start=BEGIN, end=NOW)
    assert _found(found) == _created_before(running, NOW)
    vaults = {vault.id for vault in running.world.fireblocks.vaults}
    assert set(_found(walk(client, _small(streams.VAULT_ACCOUNTS, 4)))) == vaults
    wallets = walk(client, _small(streams.ASSET_WALLETS, 5))
    expected = {
        f"{position.wallet.vault_id}:{position.wallet.asset_id}"
        for position in running.world.fireblocks.wallet_positions(NOW)
    }
    assert set(_found(wallets)) == expected


@pytest.mark.parametrize(("vaults", "page_size"), [(13, 13), (10, 5)])
def test_a_list_that_fills_its_last_page_is_read_whole(
    emulator: Any, vaults: int, page_size: int
) -> None:
    """The emulated venue tells no cursor on a last page that is full."""
    running = emulator(options={"fireblocks": {"vault_accounts": vaults}})
    result = walk(_client(running), _small(streams.VAULT_ACCOUNTS, page_size))
    expected = {vault.id for vault in running.world.fireblocks.vaults}
    assert len(expected) == vaults
    assert set(_found(result)) == expected


def test_an_open_record_is_read_again_by_its_id(emulator: Any) -> None:
    running = emulator()
    client = _client(running)
    result = walk(client, streams.TRANSACTIONS, start=BEGIN, end=NOW)
    listed = next(record for page in result.pages for record in page.records)
    (record,) = streams.reread(client, listed.source_raw_id).records
    assert json.loads(record.payload) == json.loads(listed.payload)
    assert (record.source_raw_id, record.occurred_at) == (
        listed.source_raw_id,
        listed.occurred_at,
    )


@pytest.mark.parametrize("tx_id", ["no such id", "../vault/accounts_paged", "a/b?c"])
def test_a_record_that_is_not_there_is_permanent(emulator: Any, tx_id: str) -> None:
    with pytest.raises(Permanent):
        streams.reread(_client(emulator()), tx_id)


def _amounts(running: Any, at: datetime) -> dict[tuple[str, str], Decimal]:
    return {
        (position.wallet.vault_id, position.wallet.asset_id): position.total
        for position in running.world.fireblocks.wallet_positions(at)
    }


@pytest.mark.parametrize("day", [1, 4, 9])
def test_a_held_capture_is_whole_and_the_worlds_truth(emulator: Any, day: int) -> None:
    at = START + timedelta(days=day, minutes=5)
    running = emulator(at)
    readings = capture(_client(running), running.world.fireblocks.workspace_id)
    vaults = {vault.id for vault in running.world.fireblocks.vaults}
    assert {reading.account_type for reading in readings} == vaults
    seen: dict[tuple[str, str], Decimal] = {}
    for reading in readings:
        assert reading.is_whole, reading.disagreement
        ended = at + timedelta(seconds=1) - timedelta(microseconds=1)
        assert (reading.taken_at, reading.reading_ended_at) == (at, ended)
        for row in json.loads(reading.balances)["asset_wallets"]:
            assert row["vaultId"] == reading.account_type
            seen[row["vaultId"], row["assetId"]] = Decimal(row["total"])
    assert seen == _amounts(running, at)


def test_a_running_capture_is_bracketed_by_the_venues_clock(emulator: Any) -> None:
    running = emulator(held=False)
    before = running.emulation.clock.now()
    readings = capture(_client(running), running.world.fireblocks.workspace_id)
    after = running.emulation.clock.now()
    for reading in readings:
        assert reading.is_whole, reading.disagreement
        assert before - timedelta(seconds=1) <= reading.taken_at
        assert reading.taken_at < reading.reading_ended_at <= after + timedelta(seconds=1)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http_5xx", "path": "/v1/transactions", "requests": 3},
        {"kind": "http_429", "path": "/v1/transactions", "requests": 1},
        {"kind": "http_5xx", "path": "/v1/workspace", "requests": 2, "status": 502},
        {"kind": "clock_skew", "milliseconds": 90_000},
        {"kind": "clock_skew", "milliseconds": -90_000},
    ],
)
def test_flaky_transport_and_a_skewed_clock_change_nothing(
    emulator: Any, fault: dict[str, Any]
) -> None:
    running = emulator()
    client = _client(running)
    running.fault(**fault)
    result = walk(client, streams.TRANSACTIONS, start=BEGIN, end=NOW)
    assert _found(result) == _created_before(running, NOW)
    assert result.proven_to == NOW


def test_a_viewer_is_proven_read_only(emulator: Any) -> None:
    running = emulator()
    proof = permissions.prove_read_only(_client(running))
    assert proof.account_ref == running.world.fireblocks.workspace_id
    assert proof.account_kind == "workspace"


@pytest.mark.parametrize("role", ["EDITOR", "SIGNER", "ADMIN", "NON_SIGNING_ADMIN", "APPROVER"])
def test_a_user_that_may_do_more_than_view_is_refused(emulator: Any, role: str) -> None:
    running = emulator()
    credential = running.world.fireblocks.add_key({"role": role})
    with pytest.raises(permissions.NotReadOnly) as caught:
        permissions.prove_read_only(running.connect(credential))
    assert caught.value.reason == "may_write"


def test_a_revoked_key_is_unauthorised(emulator: Any) -> None:
    running = emulator()
    credential = running.credentials("fireblocks")[0]
    running.fault(kind="revoke_key", api_key=credential["api_key"])
    client = running.connect(credential)
    with pytest.raises(Unauthorised):
        walk(client, streams.TRANSACTIONS, start=BEGIN, end=NOW)
    with pytest.raises(permissions.NotReadOnly) as caught:
        permissions.prove_read_only(client)
    assert caught.value.reason == "unauthorised"


def test_a_wallet_that_moves_between_two_passes_is_read_again_by_its_asset(emulator: Any) -> None:
    """The first pass shows it as it was a day ago."""
    at = START + timedelta(days=4, minutes=5)
    running = emulator(at)
    world = running.world.fireblocks
    before, now = (_amounts(running, instant) for instant in (at - timedelta(days=1), at))
    vault_id, asset = next(cell for cell in sorted(before) if before[cell] != now[cell])
    running.fault(
        kind="stale_wallet",
        account_ref=f"{world.workspace_id}/{vault_id}",
        asset=asset,
        at=(at - timedelta(days=1)).isoformat(),
        requests=1,
    )
    readings = capture(_client(running), world.workspace_id)
    assert all(reading.is_whole for reading in readings)
    told = {
        (reading.account_type, row["assetId"]): Decimal(row["total"])
        for reading in readings
        for row in json.loads(reading.balances)["asset_wallets"]
    }
    assert told == now
    exchanges = readings[0].exchanges
    assert sum(exchange.query.startswith("assetId=") for exchange in exchanges) == 1
