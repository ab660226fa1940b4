"""What the faces of transactions answer: windows, cursors, filters, records, faults."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

if TYPE_CHECKING:
    from tests.integration.emulator_fireblocks.conftest import OpenWorkspace, Workspace

LIST = "/v1/transactions"
START = datetime(2026, 1, 5, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SENTINELS: dict[str, Any] = {
    "requestedAmount": None,
    "amount": None,
    "netAmount": -1,
    "fee": -1,
    "networkFee": -1,
    "amountInfo": {},
    "feeInfo": {},
    "txHash": "",
}


def ms(instant: datetime) -> str:
    return str((instant - EPOCH) // timedelta(milliseconds=1))


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_the_list_is_newest_first_and_holds_every_record_once(workspace: Workspace) -> None:
    rows = workspace.transactions()
    created = [row["createdAt"] for row in rows]
    assert created == sorted(created, reverse=True)
    expected = {event.event_id for event in workspace.world.fireblocks.ledger_events[1:]}
    assert Counter(ids(rows)) == Counter(expected)


@pytest.mark.parametrize("limit", ["1", "7", "50", "143", "144", "145", "500"])
def test_cursors_lead_through_all_rows_whatever_the_page_size(
    workspace: Workspace, limit: str
) -> None:
    everything = ids(workspace.transactions())
    assert ids(workspace.transactions(limit=limit)) == everything


def test_cursors_lead_back_too(workspace: Workspace) -> None:
    first = workspace.get(LIST, after="0", limit="20")
    second = workspace.send(next_target(first.headers["next-page"]))
    back = workspace.send(next_target(second.headers["prev-page"]))
    assert ids(back.json()) == ids(first.json())
    assert "prev-page" not in first.headers


def next_target(url: str) -> str:
    """Return the target of a cursor's URL, whose host is the real service's."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "api.fireblocks.io", LIST)
    return f"{parts.path}?{parts.query}"


def test_a_cursor_survives_new_records(open_workspace: OpenWorkspace) -> None:
    """What comes on top of a newest-first list neither shifts nor repeats the pages below it."""
    workspace = open_workspace(START + timedelta(days=4))
    before = ids(workspace.transactions())
    first = workspace.get(LIST, after="0", limit="10")
    workspace.emulation.clock.advance_to(START + timedelta(days=6))
    second = workspace.send(next_target(first.headers["next-page"]))
    assert ids(first.json()) + ids(second.json()) == before[:20]


def test_a_cursor_keeps_its_question(workspace: Workspace) -> None:
    asked = {"after": ms(START + timedelta(days=2)), "before": ms(START + timedelta(days=5))}
    answer = workspace.get(LIST, limit="3", **asked)
    cursor = parse_qs(urlsplit(answer.headers["next-page"]).query)["next"][0]
    again = workspace.get(LIST, limit="3", next=cursor, **asked)
    assert ids(again.json()) == ids(workspace.transactions(**asked))[3:6]
    assert ids(workspace.get(LIST, next=cursor).json()) == ids(again.json())
    assert workspace.refusal(f"{LIST}?after=0&next={quote(cursor, safe='')}")[0] == 400
    assert workspace.refusal(f"{LIST}?next=nonsense")[0] == 400
    assert workspace.refusal(f"{LIST}?orderBy=createdAt&next={quote(cursor, safe='')}")[0] == 400


def test_with_order_by_there_is_no_cursor(workspace: Workspace) -> None:
    """The trap of the real service: the first page looks like the whole list."""
    for order_by in ("createdAt", "lastUpdated"):
        answer = workspace.get(LIST, after="0", limit="5", orderBy=order_by)
        assert len(answer.json()) == 5
        assert "next-page" not in answer.headers


def test_a_window_is_by_creation_time_even_when_ordered_by_the_last_update(
    workspace: Workspace,
) -> None:
    start, end = START + timedelta(days=2), START + timedelta(days=4)
    query = {"after": ms(start), "before": ms(end), "limit": "500"}
    plain = workspace.read(LIST, **query)
    ordered = workspace.read(LIST, orderBy="lastUpdated", sort="ASC", **query)
    assert sorted(ids(plain)) == sorted(ids(ordered))
    assert all(int(ms(start)) < row["createdAt"] < int(ms(end)) for row in plain)
    updated = [row["lastUpdated"] for row in ordered]
    assert updated == sorted(updated)


@pytest.mark.parametrize(("bounds", "expected"), [("exclusive", 0), ("inclusive", 1)])
def test_whether_the_bounds_are_in_the_window_is_an_option(
    open_workspace: OpenWorkspace, bounds: str, expected: int
) -> None:
    workspace = open_workspace(window_bounds=bounds)
    created_at = workspace.transactions()[10]["createdAt"]
    at = str(created_at)
    after = workspace.read(LIST, after=at, before=str(created_at + 1))
    before = workspace.read(LIST, after=str(created_at - 1), before=at)
    assert [len(after), len(before)] == [expected, expected]
    inside = workspace.read(LIST, after=str(created_at - 1), before=str(created_at + 1))
    assert len(inside) == 1


def test_without_bounds_the_venue_looks_back_ninety_days(open_workspace: OpenWorkspace) -> None:
    workspace = open_workspace(START + timedelta(days=94))
    recent = workspace.read(LIST)
    assert min(row["createdAt"] for row in recent) > int(ms(START + timedelta(days=4)))
    assert len(recent) < len(workspace.transactions())


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=ten", "after=yesterday", "sort=UP", "orderBy=fee"],
)
def test_a_wrong_parameter_is_refused(workspace: Workspace, query: str) -> None:
    assert workspace.refusal(f"{LIST}?{query}")[0] == 400


def test_filters_filter(workspace: Workspace) -> None:
    everything = workspace.transactions()
    completed = workspace.transactions(status="COMPLETED")
    assert ids(completed) == [row["id"] for row in everything if row["status"] == "COMPLETED"]
    assets = workspace.transactions(assets="BTC,SOL")
    assert {row["assetId"] for row in assets} == {"BTC", "SOL"}
    from_vault = workspace.transactions(sourceType="VAULT_ACCOUNT", sourceId="0")
    assert from_vault
    assert all(row["source"]["id"] == "0" for row in from_vault)
    hashed = next(row for row in everything if row["txHash"])
    assert hashed["id"] in ids(workspace.transactions(txHash=hashed["txHash"]))


def test_a_record_by_id_is_the_record_of_the_list(workspace: Workspace) -> None:
    for row in workspace.transactions()[:20]:
        assert workspace.read(f"{LIST}/{row['id']}") == row
    assert workspace.refusal(f"{LIST}/00000000-0000-4000-8000-000000000000")[0] == 404


def test_a_record_comes_to_be_and_goes_through_its_stages(open_workspace: OpenWorkspace) -> None:
    """SUBMITTED to COMPLETED over venue time; `lastUpdated` moves, what is unknown is absent."""
    workspace = open_workspace(START)
    movement = next(
        event
        for event in workspace.world.fireblocks.ledger_events
        if event.kind == "withdrawal" and event.legs[0].cell.asset == "USDC"
    )
    truth = workspace.world.fireblocks.movement(movement.event_id)
    assert truth is not None
    clock, target = workspace.emulation.clock, f"{LIST}/{movement.event_id}"
    clock.advance_to(truth.created_at - timedelta(milliseconds=1))
    assert workspace.refusal(target)[0] == 404
    seen = []
    for stage in truth.stages:
        clock.advance_to(stage.at)
        seen.append(workspace.read(target))
    assert [row["status"] for row in seen] == [
        "SUBMITTED",
        "PENDING_SIGNATURE",
        "BROADCASTING",
        "CONFIRMING",
        "COMPLETED",
    ]
    updated = [row["lastUpdated"] for row in seen]
    assert updated == sorted(set(updated))
    assert len({row["createdAt"] for row in seen}) == 1
    assert [bool(row["txHash"]) for row in seen] == [False, False, True, True, True]
    assert [bool(row["blockInfo"]) for row in seen] == [False, False, False, True, True]
    assert [row["feeInfo"] != {} for row in seen] == [False, False, False, True, True]
    assert "netAmount" not in seen[0]["amountInfo"]
    assert seen[4]["numOfConfirmations"] > seen[3]["numOfConfirmations"]
    assert seen[4]["feeCurrency"] == "ETH"


def test_amounts_of_record_are_strings_and_the_numbers_lose_digits(workspace: Workspace) -> None:
    rows = [row for row in workspace.transactions() if row["amountInfo"].get("netAmount")]
    lossy = 0
    for row in rows:
        assert all(isinstance(value, str) for value in row["amountInfo"].values())
        assert all(isinstance(value, str | bool) for value in row["feeInfo"].values())
        amounts = [text for name, text in row["feeInfo"].items() if "relay" not in name.lower()]
        assert all("E" not in text.upper() for text in amounts)
        lossy += Decimal(str(row["netAmount"])) != Decimal(row["amountInfo"]["netAmount"])
    assert lossy > 10


def test_signatures_have_sentinels_instead_of_amounts(workspace: Workspace) -> None:
    signed = [r for r in workspace.transactions() if r["operation"] in {"RAW", "TYPED_MESSAGE"}]
    assert {row["operation"] for row in signed} == {"RAW", "TYPED_MESSAGE"}
    for row in signed:
        assert {name: row[name] for name in SENTINELS} == SENTINELS
        assert row["blockInfo"] == {}


def test_a_deposit_names_the_senders_fee_in_the_fee_asset(workspace: Workspace) -> None:
    rows = [
        row
        for row in workspace.transactions(sourceType="UNKNOWN", assets="USDC")
        if row["operation"] == "TRANSFER"
    ]
    assert rows
    for row in rows:
        assert row["feeCurrency"] == "ETH"
        assert Decimal(row["feeInfo"]["networkFee"]) > 0
        assert row["source"] == {"id": "", "type": "UNKNOWN", "name": "External", "subType": ""}


def test_several_destinations_have_the_shape_of_the_reference(workspace: Workspace) -> None:
    rows = workspace.transactions(destType="MULTI_DESTINATION")
    assert rows
    for row in rows:
        assert row["destinationAddress"] == ""
        assert "index" not in row
        assert row["blockInfo"]["blockHash"] is None
        sent = sum(Decimal(each["amount"]) for each in row["destinations"])
        assert sent == Decimal(row["amountInfo"]["netAmount"])
        kinds = Counter(each["destination"]["type"] for each in row["destinations"])
        assert kinds["VAULT_ACCOUNT"] == 1


def test_two_records_share_a_hash_where_an_own_address_is_paid(workspace: Workspace) -> None:
    by_hash: dict[str, list[dict[str, Any]]] = {}
    for row in workspace.transactions():
        if row["txHash"]:
            by_hash.setdefault(row["txHash"], []).append(row)
    pairs = [rows for rows in by_hash.values() if len(rows) == 2]
    assert pairs
    for received, sent in pairs:
        assert sent["destination"]["type"] == "ONE_TIME_ADDRESS"
        assert received["destination"]["type"] == "VAULT_ACCOUNT"
        assert received["amountInfo"]["netAmount"] == sent["amountInfo"]["netAmount"]
        assert received["blockInfo"] == sent["blockInfo"]


@pytest.mark.parametrize("is_known", [True, False])
def test_a_failure_in_a_block_keeps_hash_block_and_perhaps_the_fee(
    open_workspace: OpenWorkspace, is_known: bool
) -> None:
    workspace = open_workspace(failed_fee_is_known=is_known)
    rows = [
        row
        for row in workspace.transactions(status="FAILED")
        if row["subStatus"] == "SMART_CONTRACT_EXECUTION_FAILED"
    ]
    assert rows
    for row in rows:
        assert row["txHash"]
        assert row["blockInfo"]["blockHeight"]
        assert row["errorDescription"].startswith("execution reverted")
        assert (Decimal(row["feeInfo"]["networkFee"]) > 0) is is_known


def test_a_hidden_record_is_nowhere_and_moves_balances_all_the_same(
    open_workspace: OpenWorkspace,
) -> None:
    end = START + timedelta(days=9)
    honest, hiding = open_workspace(end), open_workspace(end)
    event = next(e for e in hiding.world.fireblocks.ledger_events if e.kind == "vault_transfer")
    hiding.fault(kind="hide_record", event_id=event.event_id)
    assert hiding.refusal(f"{LIST}/{event.event_id}")[0] == 404
    assert set(ids(honest.transactions())) - set(ids(hiding.transactions())) == {event.event_id}
    assert hiding.wallets() == honest.wallets()


def test_rows_may_come_late_be_dropped_or_come_twice(workspace: Workspace) -> None:
    everything = ids(workspace.transactions())
    now = workspace.emulation.clock.now()
    late, dropped = everything[3], everything[5]
    workspace.fault(
        kind="late_row", event_id=late, **{"from": (now + timedelta(hours=1)).isoformat()}
    )
    workspace.fault(kind="drop_row", event_id=dropped, path=LIST, requests=1)
    assert ids(workspace.transactions()) == [x for x in everything if x not in {late, dropped}]
    assert ids(workspace.transactions()) == [x for x in everything if x != late]
    workspace.emulation.clock.advance_to(now + timedelta(hours=1))
    assert ids(workspace.transactions()) == everything
    workspace.fault(kind="repeat_page", path=LIST, rows=2, requests=1)
    repeated = Counter(ids(workspace.transactions(limit="50")))
    assert sorted(repeated) == sorted(everything)
    assert sorted(repeated.values())[-2:] == [2, 2]


def test_worlds_of_one_server_do_not_see_each_other(workspace: Workspace) -> None:
    mine = set(ids(workspace.transactions()))
    other = workspace.emulation.add_world(7, START, 9)
    workspace.use(other.fireblocks.credentials()[0])
    theirs = set(ids(workspace.transactions()))
    assert len(mine) == len(theirs)
    assert not mine & theirs


def test_times_follow_each_other_in_a_page(workspace: Workspace) -> None:
    """Ties are broken by id, so paging is stable."""
    keys = [(row["createdAt"], row["id"]) for row in workspace.transactions()]
    assert all(newer > older for newer, older in pairwise(keys))
