"""How records change late, or again after they were final (C.6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.fireblocks.movements import Movement

if TYPE_CHECKING:
    from tests.integration.emulator_fireblocks.conftest import OpenWorkspace, Workspace

LIST = "/v1/transactions"
START = datetime(2026, 1, 5, tzinfo=UTC)
FINAL = {"COMPLETED", "FAILED", "CANCELLED", "REJECTED", "BLOCKED"}
MS = timedelta(milliseconds=1)


def movements(workspace: Workspace, kind: str) -> list[Movement]:
    """Return the movements of a kind, the oldest first."""
    events = workspace.world.fireblocks.ledger_events
    found = [
        movement
        for event in events
        if event.kind == kind
        and (movement := workspace.world.fireblocks.movement(event.event_id)) is not None
    ]
    assert found, f"the world has no {kind}"
    return sorted(found, key=lambda movement: movement.created_at)


def versions(workspace: Workspace, movement: Movement) -> list[dict[str, Any]]:
    """Return the record as it is told at each instant at which it changes."""
    instants = {stage.at for stage in movement.stages}
    instants |= {entry.at for entry in movement.network_records}
    instants |= {screening.at for screening in movement.screenings}
    seen = []
    for instant in sorted(instants):
        workspace.emulation.clock.advance_to(instant)
        seen.append(workspace.read(f"{LIST}/{movement.tx_id}"))
    return seen


def test_a_record_may_become_final_days_after_its_block(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START, late_finality_days=10)
    withdrawal = movements(workspace, "confirmed_late")[0]
    (leg, *_) = withdrawal.legs
    seen = versions(workspace, withdrawal)
    assert [row["status"] for row in seen[-2:]] == ["CONFIRMING", "COMPLETED"]
    confirming, completed = (row["lastUpdated"] for row in seen[-2:])
    assert timedelta(hours=1) / MS < completed - confirming < timedelta(days=11) / MS
    if leg.height is not None:
        assert seen[-2]["blockInfo"] == seen[-1]["blockInfo"]
        assert seen[-2]["blockInfo"]["blockHeight"] == str(leg.height)


def test_a_deposit_may_wait_for_its_screening(open_workspace: OpenWorkspace) -> None:
    """It is on its chain meanwhile: in `total`, and pending."""
    workspace = open_workspace(START, late_finality_days=10)
    deposit = next(m for m in movements(workspace, "screened_late") if m.asset.id == "USDC")
    seen = versions(workspace, deposit)
    statuses = [row["status"] for row in seen]
    assert statuses == ["CONFIRMING", "PENDING_AML_SCREENING", "COMPLETED"]
    again = open_workspace(deposit.stages[1].at, late_finality_days=10)
    wallet = again.wallets()[deposit.destination.id or "", "USDC"]
    assert deposit.net is not None
    assert Decimal(wallet["pending"]) >= deposit.net


def test_a_failure_may_be_told_days_after_its_block(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START, late_finality_days=10)
    seen = versions(workspace, movements(workspace, "failed_late")[0])
    before, after = seen[-2:]
    assert (before["status"], after["status"]) == ("CONFIRMING", "FAILED")
    assert after["subStatus"] == "SMART_CONTRACT_EXECUTION_FAILED"
    assert after["blockInfo"] == before["blockInfo"] != {}


@pytest.mark.parametrize("kind", ["reorganised", "reorganised_deposit"])
def test_a_block_that_is_left_is_replaced_by_a_later_one(
    open_workspace: OpenWorkspace, kind: str
) -> None:
    """The status stays, and confirmations never become fewer."""
    workspace = open_workspace(START, reorgs=True)
    movement = movements(workspace, kind)[0]
    seen = [row for row in versions(workspace, movement) if row["blockInfo"]]
    assert [row["status"] for row in seen] == ["CONFIRMING", "CONFIRMING", "COMPLETED"]
    heights = [int(row["blockInfo"]["blockHeight"]) for row in seen]
    assert heights[0] < heights[1] == heights[2] == movement.legs[0].height
    assert seen[0]["blockInfo"]["blockHash"] != seen[1]["blockInfo"]["blockHash"]
    confirmations = [row["numOfConfirmations"] for row in seen]
    assert confirmations == sorted(confirmations)
    assert seen[0]["createdAt"] // 86_400_000 < seen[1]["lastUpdated"] // 86_400_000


def test_the_wallet_does_not_know_the_block_that_is_left(open_workspace: OpenWorkspace) -> None:
    """Between the two blocks the record tells more than the balance has."""
    workspace = open_workspace(START, reorgs=True)
    movement = next(m for m in movements(workspace, "reorganised") if m.asset.id == "ETH")
    vault_id = movement.source.id or ""
    totals = []
    for instant in (movement.stages[-3].at, movement.stages[-2].at):
        workspace.emulation.clock.advance_to(instant)
        record = workspace.read(f"{LIST}/{movement.tx_id}")
        wallet = workspace.wallets()[vault_id, "ETH"]
        totals.append(wallet["total"])
        assert int(record["blockInfo"]["blockHeight"]) <= int(wallet["blockHeight"])
    assert totals[0] != totals[1]


def test_even_a_completed_record_may_get_another_block(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START, reorgs=True)
    seen = versions(workspace, movements(workspace, "reorganised_when_final")[0])
    completed = [row for row in seen if row["status"] == "COMPLETED"]
    assert len(completed) == 2
    heights = [int(row["blockInfo"]["blockHeight"]) for row in completed]
    assert heights[0] < heights[1]
    assert completed[0]["lastUpdated"] < completed[1]["lastUpdated"]


def test_what_was_in_a_block_may_be_dropped_after_all(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START, reorgs=True)
    movement = movements(workspace, "dropped_after_a_block")[0]
    assert not movement.legs
    seen = versions(workspace, movement)
    assert [(row["status"], row["subStatus"]) for row in seen[-2:]] == [
        ("CONFIRMING", "PENDING_BLOCKCHAIN_CONFIRMATIONS"),
        ("FAILED", "DROPPED_BY_BLOCKCHAIN"),
    ]
    assert seen[-1]["blockInfo"] == seen[-2]["blockInfo"] != {}


def test_network_records_may_come_in_parts_after_the_end(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START, late_network_records=True)
    call = movements(workspace, "late_call")[0]
    seen = versions(workspace, call)
    completed = [row for row in seen if row["status"] == "COMPLETED"]
    counts = [len(row["networkRecords"]) for row in completed]
    assert counts[0] == 0 < counts[1] < counts[2] == len(call.network_records)
    updated = [row["lastUpdated"] for row in completed]
    assert updated == sorted(set(updated))
    assert updated[1] - updated[0] > timedelta(hours=1) / MS


def test_by_default_network_records_are_complete_before_the_end(workspace: Workspace) -> None:
    for row in workspace.transactions(status="COMPLETED"):
        movement = workspace.world.fireblocks.movement(row["id"])
        assert movement is not None
        assert all(entry.at <= movement.concluded_at for entry in movement.network_records)


def test_a_screening_may_change_after_the_end_and_nothing_else(
    open_workspace: OpenWorkspace,
) -> None:
    workspace = open_workspace(START, late_screening=True)
    seen = versions(workspace, movements(workspace, "screened_again")[0])
    completed = [row for row in seen if row["status"] == "COMPLETED"]
    verdicts = [row["amlScreeningResult"]["verdict"] for row in completed]
    assert verdicts == ["PASS", "ALERT", "PASS"]
    changing = {"amlScreeningResult", "lastUpdated"}
    rest = [{n: v for n, v in row.items() if n not in changing} for row in completed]
    assert rest[0] == rest[1] == rest[2]


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        ("frozen_deposit", ["CONFIRMING", "PENDING_AML_SCREENING", "REJECTED", "COMPLETED"]),
        ("frozen_by_hand", ["CONFIRMING", "COMPLETED", "REJECTED", "COMPLETED"]),
    ],
)
def test_what_is_held_may_be_let_go(
    open_workspace: OpenWorkspace, kind: str, statuses: list[str]
) -> None:
    workspace = open_workspace(START, frozen_deposits=True, frozen_are_released=True)
    movement = movements(workspace, kind)[0]
    wallet = movement.destination.id or "", movement.asset.id
    seen, frozen = [], []
    for stage in movement.stages:
        workspace.emulation.clock.advance_to(stage.at)
        seen.append(workspace.read(f"{LIST}/{movement.tx_id}")["status"])
        frozen.append(workspace.wallets()[wallet]["frozen"] != "0")
    assert seen == statuses
    assert frozen == [status == "REJECTED" for status in statuses]


def test_a_record_that_changes_is_one_that_was_updated(open_workspace: OpenWorkspace) -> None:
    """Whatever changes late, a later reading is never older, and a change moves `lastUpdated`."""
    workspace = open_workspace(
        START + timedelta(days=4),
        frozen_deposits=True,
        frozen_are_released=True,
        late_finality_days=10,
        late_network_records=True,
        late_screening=True,
        reorgs=True,
    )
    before = {row["id"]: row for row in workspace.transactions()}
    changed_when_final = 0
    for hours in (1, 12, 24, 72):
        workspace.emulation.clock.advance_to(
            workspace.emulation.clock.now() + timedelta(hours=hours)
        )
        after = {row["id"]: row for row in workspace.transactions()}
        for tx_id, row in before.items():
            if row != after[tx_id]:
                assert after[tx_id]["lastUpdated"] > row["lastUpdated"]
                changed_when_final += row["status"] in FINAL
        before = after
    assert changed_when_final > 0
