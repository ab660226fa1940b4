"""For any seed, what the wallets show is what the records say, by the rules of the reference.

The legs are derived here from the records' JSON alone (C.4), and never taken from the world.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.emulator_fireblocks.legs import EXACT, Wallet, legs

if TYPE_CHECKING:
    from tests.integration.emulator_fireblocks.conftest import OpenWorkspace, Workspace

START = datetime(2026, 1, 5, tzinfo=UTC)
OPENING = START + timedelta(minutes=5)
END = START + timedelta(days=40)
CLOSINGS = [START + timedelta(days=day, minutes=5) for day in range(1, 10)]
EXCEPT_THE_CLOCK = [HealthCheck.function_scoped_fixture]

Rows = Mapping[Wallet, Mapping[str, Any]]
# The block of a leg, when its record ended, and the change.
Placed = tuple[int | None, datetime, Decimal]
# Everything that changes late, at once; what the records never tell is not among it.
LATE = {
    "frozen_deposits": True,
    "frozen_are_released": True,
    "late_approvals": True,
    "late_finality_days": 10,
    "late_network_records": True,
    "late_screening": True,
    "reorgs": True,
    "wallets_enabled_by_transfers": True,
}


def height(row: Mapping[str, Any]) -> int | None:
    return int(row["blockHeight"]) if row["blockHeight"] else None


def changes_by_wallet(workspace: Workspace) -> dict[Wallet, list[Placed]]:
    """Return the legs of all records as they are now, with their block or the end of the record."""
    found: defaultdict[Wallet, list[Placed]] = defaultdict(list)
    for record in workspace.transactions():
        block = record["blockInfo"].get("blockHeight")
        for wallet, change in legs(record, partial(fee_by_receipt, workspace)):
            found[wallet].append((int(block) if block else None, ended_at(record), change))
    return found


def expected(
    placed: list[Placed], before: Mapping[str, Any] | None, row: Mapping[str, Any], at: datetime
) -> Decimal:
    """Sum the legs of a wallet from its opening, or its creation, to a later row."""
    amount = settled(before) if before else Decimal(0)
    from_height = (height(before) or 0) if before else 0
    for block, ended, change in placed:
        if (to_height := height(row)) is not None:
            assert block is not None, "a leg of a wallet with a height has no block"
            is_between = from_height < block <= to_height
        else:
            is_between = OPENING < ended <= at
        if is_between:
            amount = EXACT.add(amount, change)
    return amount


def fee_by_receipt(workspace: Workspace, record: Mapping[str, Any]) -> Decimal:
    base, tx_hash = record["feeCurrency"], record["txHash"]
    receipt = workspace.read(
        f"/v1/contract_interactions/base_asset_id/{base}/tx_hash/{tx_hash}/receipt"
    )
    wei = receipt["gasUsed"] * receipt["effectiveGasPrice"] + receipt.get("l1Fee", 0)
    return Decimal(wei).scaleb(-18)


def ended_at(record: Mapping[str, Any]) -> datetime:
    """Return when a final record of a chain without heights got its last status."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=record["lastUpdated"])


def settled(row: Mapping[str, Any]) -> Decimal:
    total = Decimal(row["total"])
    return total if row["blockHeight"] else EXACT.subtract(total, Decimal(row["pending"]))


def in_the_mempool(open_records: list[Any]) -> dict[Wallet, Decimal]:
    """Sum what is in `total` as pending, and in no block yet."""
    sums: defaultdict[Wallet, Decimal] = defaultdict(Decimal)
    for record in open_records:
        if record["assetId"] == "BTC" and record["destination"]["type"] == "VAULT_ACCOUNT":
            is_deposit = record["source"]["type"] != "VAULT_ACCOUNT"
            if record["status"] == "CONFIRMING" and not record["blockInfo"] and is_deposit:
                sums[record["destination"]["id"], "BTC"] += Decimal(
                    record["amountInfo"]["netAmount"]
                )
    return sums


def check(workspace: Workspace, instants: list[datetime], *, mempool_is_empty: bool) -> int:
    """Compare every wallet at every instant with the records as they are in the end."""
    opening = workspace.wallets()
    seen = []
    for at in instants:
        workspace.emulation.clock.advance_to(at)
        unmined = in_the_mempool(workspace.transactions(assets="BTC"))
        assert not (mempool_is_empty and unmined)
        seen.append((at, workspace.wallets(), unmined))
    workspace.emulation.clock.advance_to(END)
    placed = changes_by_wallet(workspace)
    compared = 0
    for at, wallets, unmined in seen:
        for wallet, row in wallets.items():
            mined = EXACT.subtract(settled(row), unmined.get(wallet, Decimal(0)))
            summed = expected(placed.get(wallet, []), opening.get(wallet), row, at)
            assert mined == summed, (wallet, at)
            compared += 1
    return compared


@settings(max_examples=4, deadline=None, suppress_health_check=EXCEPT_THE_CLOCK)
@given(seed=st.integers(0, 10**9), lag=st.sampled_from([0, 11]))
def test_every_wallet_is_the_sum_of_the_legs_of_its_records(
    open_workspace: OpenWorkspace, seed: int, lag: int
) -> None:
    rng = Random(seed)
    at_random = [OPENING + timedelta(seconds=rng.randrange(1, 9 * 86_400)) for _ in range(12)]
    workspace = open_workspace(
        OPENING, seed=seed, height_lag_blocks=lag, frozen_deposits=True, late_approvals=True
    )
    assert check(workspace, sorted([*CLOSINGS, *at_random]), mempool_is_empty=False) > 200


@settings(max_examples=3, deadline=None, suppress_health_check=EXCEPT_THE_CLOCK)
@given(seed=st.integers(0, 10**9))
def test_what_changes_late_changes_the_records_and_not_the_sum(
    open_workspace: OpenWorkspace, seed: int
) -> None:
    """By its last version every record stands for what the wallets showed long before."""
    rng = Random(seed)
    at_random = [OPENING + timedelta(seconds=rng.randrange(1, 9 * 86_400)) for _ in range(6)]
    workspace = open_workspace(OPENING, seed=seed, **LATE)
    assert check(workspace, sorted([*CLOSINGS, *at_random]), mempool_is_empty=False) > 200


@pytest.mark.parametrize("option", ["failed_fee_is_known", "completed_fee_is_known"])
def test_a_fee_that_the_record_hides_is_told_by_the_receipt(
    open_workspace: OpenWorkspace, option: str
) -> None:
    workspace = open_workspace(OPENING, **{option: False})
    assert check(workspace, CLOSINGS, mempool_is_empty=True) > 200
    told = [record["feeInfo"].get("networkFee") for record in workspace.transactions()]
    assert "-1" in told


@pytest.mark.parametrize(
    "contradiction",
    [
        {"unrecorded_changes": True},
        {"unlisted_values": True},
        {"heightless_lag_seconds": 3 * 3_600},
        {"heightless_failures": True},
        {"stake_withdrawals_are_recorded": False},
        {"rent_is_in_network_fee": True},
        {"l1_fee_is_in_network_fee": False},
        {"network_records_tell_both_sides": True},
    ],
    ids=str,
)
def test_a_world_that_contradicts_the_rules_is_found_out(
    open_workspace: OpenWorkspace, contradiction: dict[str, bool]
) -> None:
    workspace = open_workspace(OPENING, **contradiction)
    with pytest.raises(AssertionError):
        check(workspace, CLOSINGS, mempool_is_empty=True)


@settings(max_examples=3, deadline=None, suppress_health_check=EXCEPT_THE_CLOCK)
@given(seed=st.integers(0, 10**9))
def test_by_default_no_closing_meets_an_unmined_deposit_or_an_open_undated_change(
    open_workspace: OpenWorkspace, seed: int
) -> None:
    workspace = open_workspace(OPENING, seed=seed)
    check(workspace, CLOSINGS, mempool_is_empty=True)
    second = open_workspace(OPENING, seed=seed)
    for closing in CLOSINGS:
        second.emulation.clock.advance_to(closing)
        for record in second.transactions():
            is_open = record["status"] not in {"COMPLETED", "FAILED", "CANCELLED", "BLOCKED"}
            if is_open and record["status"] != "REJECTED":
                assert record["status"] == "CONFIRMING"
                assert record["blockInfo"]["blockHeight"]


def test_a_deposit_may_be_unmined_at_a_closing_where_the_option_says_so(
    open_workspace: OpenWorkspace,
) -> None:
    workspace = open_workspace(OPENING, unmined_at_closing=True)
    with pytest.raises(AssertionError):
        check(workspace, CLOSINGS, mempool_is_empty=True)
    again = open_workspace(OPENING, unmined_at_closing=True)
    assert check(again, CLOSINGS, mempool_is_empty=False)


def test_an_amount_may_leave_only_at_completion_where_the_option_says_so(
    open_workspace: OpenWorkspace,
) -> None:
    """Then heights and balances do not belong together, while something confirms."""
    usual, late = (
        open_workspace(OPENING, outgoing_leaves_total=when) for when in ("block", "completion")
    )
    truth = next(
        movement
        for event in usual.world.fireblocks.ledger_events
        if event.kind == "withdrawal"
        and event.legs[0].cell.asset == "BTC"
        and (movement := usual.world.fireblocks.movement(event.event_id))
    )
    wallet = (truth.source.id or "", "BTC")
    amounts = []
    for workspace in (usual, late):
        workspace.emulation.clock.advance_to(truth.stages[3].at)
        row = workspace.wallets()[wallet]
        amounts.append((Decimal(row["total"]), Decimal(row["available"])))
    assert truth.net is not None
    assert truth.network_fee is not None
    assert amounts[1][0] - amounts[0][0] == truth.net + truth.network_fee
    assert amounts[1][1] == amounts[0][1]


def test_the_truth_is_what_the_wallets_show(open_workspace: OpenWorkspace) -> None:
    """The ledger's sums, the world's positions and the faces agree at every closing."""
    workspace = open_workspace(OPENING)
    world = workspace.world
    for closing in CLOSINGS:
        workspace.emulation.clock.advance_to(closing)
        shown = {
            (f"{world.fireblocks.workspace_id}/{vault}", asset): settled(row)
            for (vault, asset), row in workspace.wallets().items()
        }
        told = {(c.account_ref, c.asset): a for c, a in world.fireblocks.positions(closing).items()}
        by_ledger = {
            (cell.account_ref, cell.asset): amount
            for cell, amount in world.ledger.positions(closing).items()
            if cell.venue == "fireblocks"
        }
        # A wallet that was opened and never filled is in no event.
        empty = {wallet for wallet, amount in shown.items() if not amount}
        assert shown == told == by_ledger | dict.fromkeys(empty, Decimal(0))
