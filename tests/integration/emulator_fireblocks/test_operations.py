"""How each operation and case of the reference looks on the wire (C.3 and C.4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.integration.emulator_fireblocks.conftest import OpenWorkspace, Workspace

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def rows(workspace: Workspace) -> Rows:
    """Return all records of a whole world by the kind of their movement."""
    return by_kind(workspace)


def by_kind(workspace: Workspace) -> Rows:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in workspace.transactions():
        movement = workspace.world.fireblocks.movement(row["id"])
        assert movement is not None
        found[movement.kind].append(row)
    return found


def amounts(row: dict[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    info = row["amountInfo"]
    return Decimal(info["amount"]), Decimal(info["requestedAmount"]), Decimal(info["netAmount"])


def test_a_call_tells_its_transfers_as_the_recorded_payload_does(rows: Rows) -> None:
    """Two records between own accounts, zeros for approvals, one of the native value."""
    for row in rows["batch_call"]:
        assert row["operation"] == "CONTRACT_CALL"
        assert row["assetId"] == row["feeCurrency"] == "ETH"
        records = row["networkRecords"]
        assert {each["networkFee"] for each in records} == {row["feeInfo"]["networkFee"]}
        assert {each["txHash"] for each in records} == {row["txHash"]}
        sides = Counter(
            (each["source"]["type"] == "VAULT_ACCOUNT", each["netAmount"] != "0")
            for each in records
            if each["assetId"] == "USDC"
        )
        # As many given as taken, each with one own side only, and an approval for each.
        assert sides[True, True] == sides[False, True] == sides[True, False] > 0
        (native,) = [each for each in records if each["assetId"] == "ETH"]
        assert native["netAmount"] == row["amountInfo"]["netAmount"] == "0"
        own = [
            peer["id"]
            for each in records
            for peer in (each["source"], each["destination"])
            if peer["type"] == "VAULT_ACCOUNT"
        ]
        assert len(own) == len(records)


def test_a_dropped_network_record_is_marked(rows: Rows) -> None:
    for row in rows["contract_call"]:
        dropped = [each for each in row["networkRecords"] if each["isDropped"]]
        (given,) = [
            each
            for each in row["networkRecords"]
            if each["assetId"] == dropped[0]["assetId"]
            and each["netAmount"] == dropped[0]["netAmount"]
            and not each["isDropped"]
        ]
        assert given["source"] == dropped[0]["source"]
    assert all(row["operation"] == "PROGRAM_CALL" for row in rows["program_call"])
    assert all(row["networkRecords"] for row in rows["program_call"])
    assert all(row["networkRecords"] == [] for row in rows["plain_call"])


def test_an_approval_tells_the_allowance_and_a_mint_its_signer(rows: Rows) -> None:
    for row in rows["approve"]:
        assert row["operation"] == "APPROVE"
        assert row["assetType"] == "ERC20"
        assert min(amounts(row)) > 0
    for row in rows["mint"]:
        assert row["operation"] == "MINT"
        assert row["source"]["type"] == row["destination"]["type"] == "VAULT_ACCOUNT"
    for row in rows["burn"]:
        assert (row["operation"], row["destination"]["type"]) == ("BURN", "UNKNOWN")


@pytest.mark.parametrize("is_in_fee", [False, True])
def test_rent_is_told_on_solana_only_and_beside_the_fee_or_in_it(
    open_workspace: OpenWorkspace, is_in_fee: bool
) -> None:
    rows = by_kind(open_workspace(rent_is_in_network_fee=is_in_fee))["enable_asset"]
    assert {row["assetId"] for row in rows} == {"SOL_USDC_PTHX", "ALGO_USDC_UV4I"}
    for row in rows:
        assert row["operation"] == "ENABLE_ASSET"
        assert ("paidRent" in row) is (row["feeCurrency"] == "SOL")
        if "paidRent" in row:
            holds_rent = Decimal(row["feeInfo"]["networkFee"]) > Decimal(row["paidRent"])
            assert holds_rent is is_in_fee


def test_a_transfer_may_open_a_wallet_with_a_second_record(open_workspace: OpenWorkspace) -> None:
    rows = by_kind(open_workspace(wallets_enabled_by_transfers=True))
    enabled = {row["txHash"]: row for row in rows["enabled_by_transfer"]}
    assert enabled
    for row in rows["enabling_transfer"]:
        second = enabled[row["txHash"]]
        assert second["operation"] == "ENABLE_ASSET"
        assert second["feeInfo"]["networkFee"] == "0"
        assert second["source"] == row["source"]
        assert Decimal(second["paidRent"]) > 0


def test_a_stake_goes_out_and_comes_in_under_one_operation(rows: Rows) -> None:
    assert {row["operation"] for row in (*rows["stake"], *rows["stake_withdrawal"])} == {"STAKE"}
    assert {row["source"]["type"] for row in rows["stake"]} == {"VAULT_ACCOUNT"}
    assert {row["source"]["type"] for row in rows["stake_withdrawal"]} == {"UNKNOWN"}
    assert {row["destination"]["type"] for row in rows["stake_withdrawal"]} == {"VAULT_ACCOUNT"}


def test_gas_comes_from_the_old_station_or_from_a_vault_account(rows: Rows) -> None:
    for row in rows["gas_station"]:
        assert row["source"]["type"] == "GAS_STATION"
        assert Decimal(row["feeInfo"]["networkFee"]) > 0
    for row in rows["gas_tank"]:
        assert row["source"]["type"] == "VAULT_ACCOUNT"
        assert (row["createdBy"], row["note"]) == ("gas-station", "Gas Tank auto-fuel")


def test_it_is_told_who_else_pays_a_fee(rows: Rows) -> None:
    for row in rows["fee_payer"]:
        assert row["feePayerInfo"]["feePayerAccountId"] != row["source"]["id"]
    for row in rows["local_relay"]:
        assert row["feeInfo"]["relayType"] == "LOCAL"
        assert row["feeInfo"]["relayId"] != row["source"]["id"]
    for row in (*rows["third_party_relay"], *rows["meta_transaction"]):
        assert row["feeInfo"]["relayType"] == "THIRD_PARTY"
        assert row["feeInfo"]["paidByRelay"] is True
        assert "relayId" not in row["feeInfo"]
    for row in rows["meta_transaction"]:
        assert row["gaslessInfo"]["isMetaTx"] is True
        assert "fee" not in row
        assert "networkFee" not in row
    assert all("fee" in row for row in rows["third_party_relay"])


def test_an_exchange_keeps_its_service_fee(rows: Rows) -> None:
    for row in rows["from_exchange"]:
        gross, requested, net = amounts(row)
        assert gross == requested
        assert gross - net == Decimal(row["feeInfo"]["serviceFee"]) > 0
        assert row["source"]["type"] == "EXCHANGE_ACCOUNT"
        assert row["exchangeTxId"]
    for row in rows["within_exchange"]:
        accounts = [row[side]["tradingAccount"] for side in ("source", "destination")]
        assert accounts == ["SPOT", "FUNDING"]
        assert row["txHash"] == ""
    for row in rows["exchange_refuses"]:
        assert row["subStatus"].startswith("3RD_PARTY_")
        assert row["status"] != "COMPLETED"
    assert {row["destination"]["type"] for row in rows["to_exchange"]} == {"EXCHANGE_ACCOUNT"}
    assert {row["status"] for row in rows["to_exchange"]} == {"COMPLETED"}


def test_a_replacement_names_the_hash_of_what_it_replaces(rows: Rows) -> None:
    replaced = {row["txHash"]: row for row in rows["replaced"]}
    for row in (*rows["booster"], *rows["drop"]):
        first = replaced.pop(row["replacedTxHash"])
        assert (first["status"], first["subStatus"], first["blockInfo"]) == ("FAILED", "", {})
        assert row["status"] == "COMPLETED"
        assert row["createdAt"] > first["createdAt"]
    assert not replaced
    for row in rows["drop"]:
        assert row["source"] == row["destination"]
        assert set(amounts(row)) == {Decimal(0)}


def test_rewards_are_told_for_both_sides(rows: Rows) -> None:
    for row in rows["rewarded_transfer"]:
        assert {Decimal(text) > 0 for text in row["rewardInfo"].values()} == {True}
        assert row["rewardInfo"].keys() == {"srcRewards", "destRewards"}


@pytest.mark.parametrize("is_in_fee", [True, False])
def test_a_chain_that_settles_on_another_tells_both_parts_of_its_fee(
    open_workspace: OpenWorkspace, is_in_fee: bool
) -> None:
    workspace = open_workspace(l1_fee_is_in_network_fee=is_in_fee)
    found = [row["feeInfo"] for row in workspace.transactions(assets="ETH-OPT") if row["blockInfo"]]
    assert found
    for info in found:
        first, second = Decimal(info["L1networkFee"]), Decimal(info["L2networkFee"])
        assert Decimal(info["networkFee"]) == (first + second if is_in_fee else second)


def test_a_receipt_tells_what_was_spent_in_a_block_and_nothing_of_other_records(
    workspace: Workspace, rows: Rows
) -> None:
    path = "/v1/contract_interactions/base_asset_id/{}/tx_hash/{}/receipt"
    failed = [*rows["reverted"], *rows["reverted_call"]]
    assert {row["feeCurrency"] for row in failed} == {"ETH", "ETH-OPT"}
    for row in [*failed, *rows["withdrawal"]]:
        base = row["feeCurrency"]
        if base not in {"ETH", "ETH-OPT"}:
            continue
        receipt = workspace.read(path.format(base, row["txHash"]))
        wei = receipt["gasUsed"] * receipt["effectiveGasPrice"] + receipt.get("l1Fee", 0)
        assert Decimal(wei).scaleb(-18) == Decimal(row["feeInfo"]["networkFee"])
        assert str(receipt["blockNumber"]) == row["blockInfo"]["blockHeight"]
        assert receipt["status"] == (1 if row["status"] == "COMPLETED" else 0)
        assert ("l1Fee" in receipt) is (base == "ETH-OPT")
    dropped = rows["dropped"][0]
    assert workspace.refusal(path.format("ETH", dropped["txHash"]))[0] == 404
    of_ethereum = next(row["txHash"] for row in failed if row["feeCurrency"] == "ETH")
    assert workspace.refusal(path.format("ETH-OPT", of_ethereum))[0] == 404
    assert workspace.refusal(path.format("BTC", dropped["txHash"]))[0] == 400
    workspace.fault(kind="hide_record", event_id=failed[0]["id"])
    hidden = path.format(failed[0]["feeCurrency"], failed[0]["txHash"])
    assert workspace.refusal(hidden)[0] == 404


def test_what_no_enumeration_lists_may_stand_in_a_record(open_workspace: OpenWorkspace) -> None:
    rows = by_kind(open_workspace(unlisted_values=True))
    assert {row["status"] for row in rows["timed_out"]} == {"TIMEOUT"}
    assert {row["operation"] for row in rows["unstaked"]} == {"UNSTAKE"}


def test_a_filter_refuses_a_type_that_it_does_not_know(workspace: Workspace) -> None:
    for name, wrong in (("sourceType", "ONE_TIME_ADDRESS"), ("destType", "GAS_STATION")):
        assert workspace.refusal(f"/v1/transactions?after=0&{name}={wrong}")[0] == 400
    for name, known in (("sourceType", "GAS_STATION"), ("destType", "EXCHANGE_ACCOUNT")):
        assert workspace.transactions(**{name: known})
