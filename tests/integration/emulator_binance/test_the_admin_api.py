"""The admin API: the clock, several worlds, their truth, and the faults that faces then show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from coinfrs_pipelines.emulator.binance.market import SYMBOLS

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

START = datetime(2026, 1, 5, tzinfo=UTC)
TRADES = "/api/v3/myTrades"
DEPOSITS = "/sapi/v1/capital/deposit/hisrec"
UNIVERSAL = "/sapi/v1/sub-account/universalTransfer"
SUB_HISTORY = "/sapi/v1/sub-account/transfer/subUserHistory"
SNAPSHOT = "/sapi/v1/accountSnapshot"


def truth(venue: Venue, what: str = "", **given: str) -> Any:
    answer = venue.http.get(f"/emulator/worlds/{venue.world.name}/truth{what}", params=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


# The clock


def test_a_held_clock_moves_only_when_it_is_moved(venue: Venue) -> None:
    before = venue.http.get("/emulator/clock").json()
    assert before == {"now": "2026-01-14T00:05:00.000Z", "held": True}
    assert venue.http.get("/api/v3/time").json() == {"serverTime": 1768349100000}
    assert venue.http.get("/emulator/clock").json() == before
    moved = venue.http.post("/emulator/clock", json={"advance_to": "2026-01-15T00:05:00Z"})
    assert moved.json() == {"now": "2026-01-15T00:05:00.000Z", "held": True}


def test_the_clock_never_goes_back_nor_past_real_now(venue: Venue) -> None:
    for instant in ("2026-01-13T00:00:00Z", (datetime.now(UTC) + timedelta(hours=1)).isoformat()):
        refused = venue.http.post("/emulator/clock", json={"advance_to": instant})
        assert refused.status_code == 400
        assert "clock" in refused.json()["error"]
    assert venue.http.get("/emulator/clock").json()["now"] == "2026-01-14T00:05:00.000Z"


def test_a_clock_that_is_let_run_runs_on_from_where_it_stood(venue: Venue) -> None:
    running = venue.http.post("/emulator/clock", json={"run": True}).json()
    assert running["held"] is False
    assert running["now"].startswith("2026-01-14T00:05:0")
    held = venue.http.post("/emulator/clock", json={"hold": True}).json()
    assert held["held"] is True
    assert venue.http.get("/emulator/clock").json() == held


# Worlds


def test_worlds_of_one_server_share_no_id(venue: Venue) -> None:
    """The same seed makes the same events; the index alone keeps the ids apart."""
    options = {"binance": {"busier": venue.world.binance.options.busier}}
    made = venue.http.post(
        "/emulator/worlds", json={"seed": 7, "days": 9, "start": "2026-01-05", "options": options}
    )
    assert made.status_code == 201
    assert made.json()["world"] == "w1"
    assert len(venue.http.get("/emulator/worlds").json()) == 2
    first, second = (world.binance for world in venue.emulation.worlds.values())
    histories = (first.history, second.history)
    assert len(histories[0].trades) == len(histories[1].trades) > 0

    def ids(world: Any) -> dict[str, set[Any]]:
        history = world.history
        return {
            "uid": {account.uid for account in world.accounts},
            "email": {account.email for account in world.accounts},
            "key": {key["api_key"] for key in world.credentials()},
            "secret": {key["api_secret"] for key in world.credentials()},
            "trade": {(trade.symbol, trade.trade_id) for trade in history.trades},
            "order": {trade.order_id for trade in history.trades},
            "deposit": {deposit.record_id for deposit in history.deposits},
            "withdrawal": {withdrawal.record_id for withdrawal in history.withdrawals},
            "tran": {transfer.tran_id for transfer in history.wallet_transfers}
            | {transfer.tran_id for transfer in history.family_transfers}
            | {transfer.sub_history_tran_id for transfer in history.family_transfers},
            "event": {event.event_id for event in world.ledger_events},
        }

    for name, mine in ids(first).items():
        assert mine
        assert mine.isdisjoint(ids(second)[name]), name


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": 1, "days": 0, "start": "2026-01-05"},
        {"seed": 1, "days": 3, "start": "2026-01-05T08:00:00"},
        {"seed": 1, "days": 3, "start": "2099-01-05"},
        {"seed": 1, "days": 3, "start": "soon"},
        {"seed": "1", "days": 3, "start": "2026-01-05"},
        {"seed": 1, "days": 3, "start": "2026-01-05", "options": {"binance": {"colour": 1}}},
        {"seed": 1, "days": 3, "start": "2026-01-05", "options": {"kraken": {}}},
        {"seed": 1, "days": 3, "start": "2026-01-05", "options": [1]},
    ],
)
def test_a_world_that_cannot_be_is_refused_with_the_reason(
    venue: Venue, wrong: dict[str, object]
) -> None:
    refused = venue.http.post("/emulator/worlds", json=wrong)
    assert refused.status_code == 400
    assert refused.json()["error"]
    assert len(venue.emulation.worlds) == 1


# The truth


def test_the_truth_is_legs_whose_sums_are_the_positions(venue: Venue) -> None:
    at = datetime(2026, 1, 9, 0, 5, tzinfo=UTC)
    sums: dict[tuple[str, ...], Decimal] = {}
    names = ("venue", "account_ref", "wallet", "asset", "component")
    for event in truth(venue)["events"]:
        assert event["label"]
        for leg in event["legs"]:
            if leg["venue"] == "binance" and datetime.fromisoformat(leg["at"]) < at:
                place = tuple(leg[name] for name in names)
                sums[place] = sums.get(place, Decimal(0)) + Decimal(leg["amount"])
    positions = truth(venue, "/positions", at=at.isoformat())["positions"]
    assert sums == {
        tuple(row[name] for name in names): Decimal(row["amount"])
        for row in positions
        if row["venue"] == "binance"
    }
    before = truth(venue, before=at.isoformat())["events"]
    assert 0 < len(before) < len(truth(venue)["events"])


def test_a_candidate_for_hiding_changes_a_cell_inside_the_interval(venue: Venue) -> None:
    begin, end = "2026-01-08T00:05:00Z", "2026-01-09T00:05:00Z"
    found = truth(venue, "/candidates", **{"from": begin, "to": end})["candidates"]
    kinds = {candidate["kind"] for candidate in found}
    assert {"trade", "deposit", "transfer"} <= kinds
    for candidate in found:
        assert all(Decimal(change["amount"]) != 0 for change in candidate["changes"])
        if candidate["is_whole"]:
            assert begin <= candidate["at"] < end


def test_what_was_there_at_the_start_is_no_candidate_for_hiding(venue: Venue) -> None:
    asked = {"from": START.isoformat(), "to": (START + timedelta(days=1)).isoformat()}
    found = truth(venue, "/candidates", **asked)["candidates"]
    opening = [event for event in truth(venue)["events"] if event["kind"] == "opening"]
    assert opening
    assert found
    assert "opening" not in {candidate["kind"] for candidate in found}


# Faults


def all_faces(venue: Venue) -> str:
    """Read all history of all accounts; return it as text."""
    told = []
    begin = (START - timedelta(days=1)).timestamp()
    weeks = [int(begin + week * 6 * 86_400) * 1_000 for week in range(2)]
    for position in range(3):
        key = venue.credential(position)
        told += [venue.read(TRADES, key, symbol=symbol, fromId=0) for symbol in SYMBOLS]
        told.append(venue.read(DEPOSITS, key))
        told.append(venue.read("/sapi/v1/capital/withdraw/history", key))
        told += [
            venue.read("/sapi/v1/asset/transfer", key, type=kind, startTime=weeks[0], size=100)
            for kind in ("MAIN_FUNDING", "FUNDING_MAIN")
        ]
        if position:
            told += [venue.read(SUB_HISTORY, key, type=direction) for direction in (1, 2)]
        else:
            told += [
                venue.read(
                    UNIVERSAL,
                    key,
                    fromEmail=account.email,
                    startTime=week,
                    endTime=week + 6 * 86_400_000,
                )
                for account in venue.world.binance.accounts
                for week in weeks
            ]
    return str(told)


def test_a_hidden_record_is_in_no_face_and_the_balances_still_move(open_venue: OpenVenue) -> None:
    venue = open_venue()
    before = venue.read("/api/v3/account", venue.credential(0))["balances"]
    history = venue.world.binance.history
    subs = [account.uid for account in venue.world.binance.accounts[1:]]
    # Trade ids count per symbol: one that no other row holds.
    ids = [t.trade_id for t in history.trades]
    trade = next(t for t in history.trades if ids.count(t.trade_id) == 1)
    transfer = next(t for t in history.wallet_transfers if t.kind == "MAIN_FUNDING")
    hidden = [
        (trade.event_id, f"'id': {trade.trade_id},"),
        (history.deposits[-2].event_id, history.deposits[-2].record_id),
        (history.withdrawals[0].event_id, history.withdrawals[0].record_id),
        (transfer.event_id, str(transfer.tran_id)),
        *(
            (transfer.event_id, str(transfer.tran_id))
            for transfer in history.family_transfers
            if {transfer.source_uid, transfer.target_uid} == set(subs) and transfer.is_successful
        ),
    ]
    told = all_faces(venue)
    assert [row_id for _, row_id in hidden if row_id not in told] == []
    for event_id, _ in hidden:
        venue.fault(kind="hide_record", event_id=event_id)
    told = all_faces(venue)
    assert [row_id for _, row_id in hidden if row_id in told] == []
    assert venue.read("/api/v3/account", venue.credential(0))["balances"] == before
    flags = {event["event_id"]: event["hidden"] for event in truth(venue)["events"]}
    assert {event_id for event_id, is_hidden in flags.items() if is_hidden} == {
        event_id for event_id, _ in hidden
    }
    venue.http.delete(f"/emulator/worlds/{venue.world.name}/faults")
    told = all_faces(venue)
    assert [row_id for _, row_id in hidden if row_id not in told] == []


def test_a_dropped_row_is_missing_for_a_while_from_one_face(venue: Venue) -> None:
    deposit = venue.world.binance.history.deposits[0]
    position = [account.uid for account in venue.world.binance.accounts].index(deposit.uid)
    key = venue.credential(position)
    venue.fault(kind="drop_row", event_id=deposit.event_id, path=DEPOSITS, requests=2)
    seen = [deposit.record_id in {row["id"] for row in venue.read(DEPOSITS, key)} for _ in range(4)]
    assert seen == [False, False, True, True]


def test_a_dropped_row_is_counted_in_the_total_and_used_up_by_its_own_page_alone(
    open_venue: OpenVenue,
) -> None:
    venue = open_venue(options={"sub_accounts": 2})
    own = [
        transfer
        for transfer in venue.world.binance.history.family_transfers
        if transfer.source_uid == venue.world.binance.master.uid
    ][-8:]
    assert len(own) > 2
    dropped = own[-1]

    def page(number: int) -> Any:
        return venue.read(
            UNIVERSAL,
            venue.credential(0),
            startTime=int((own[-1].at - timedelta(days=6)).timestamp() * 1_000),
            endTime=int((own[-1].at + timedelta(minutes=1)).timestamp() * 1_000),
            page=number,
            limit=1,
        )

    whole = page(1)
    assert [row["tranId"] for row in whole["result"]] == [dropped.tran_id]
    venue.fault(kind="drop_row", event_id=dropped.event_id, path=UNIVERSAL)
    assert len(page(2)["result"]) == 1
    assert page(1) == {"result": [], "totalCount": whole["totalCount"]}
    assert page(1) == whole


def felt(venue: Venue) -> list[tuple[int | None, int]]:
    told = venue.http.get(f"/emulator/worlds/{venue.world.name}/faults").json()["faults"]
    return [(fault["left"], fault["struck"]) for fault in told]


def test_faults_tell_what_is_left_of_them_and_how_often_they_struck(venue: Venue) -> None:
    deposit = venue.world.binance.history.deposits[0]
    venue.fault(kind="http_5xx", path=DEPOSITS, requests=3)
    venue.fault(kind="hide_record", event_id=deposit.event_id)
    assert felt(venue) == [(3, 0), (None, 0)]
    for position in range(3):
        assert venue.signed(DEPOSITS, venue.credential(position)).status_code == 503
    assert felt(venue) == [(0, 3), (None, 0)]
    for position in range(3):
        venue.read(DEPOSITS, venue.credential(position))
    assert felt(venue) == [(0, 3), (None, 1)]


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ({"kind": "http_5xx", "status": 502, "body": "html"}, 502, "<h1>502</h1>"),
        ({"kind": "http_5xx", "body": "empty"}, 503, ""),
        ({"kind": "http_403"}, 403, "<h1>403</h1>"),
        ({"kind": "http_403", "body": "json"}, 403, '{"code":'),
        ({"kind": "gone", "path": TRADES, "body": "html"}, 404, "<h1>404</h1>"),
        ({"kind": "gone", "path": TRADES, "body": "empty"}, 404, ""),
        ({"kind": "gone", "path": TRADES}, 404, '{"code":'),
    ],
)
def test_what_stands_before_a_venue_answers_in_its_own_form(
    venue: Venue, fault: dict[str, Any], status: int, body: str
) -> None:
    venue.fault(**fault)
    answer = venue.signed(TRADES, venue.credential(0), symbol="BTCUSDT")
    assert answer.status_code == status
    assert body in answer.text
    assert bool(answer.text) == bool(body)
    assert venue.read(TRADES, venue.credential(0), symbol="BTCUSDT") is not None


def test_a_connection_may_be_cut_in_the_middle_of_an_answer(venue: Venue) -> None:
    venue.fault(kind="cut_connection", path=TRADES)
    with pytest.raises(httpx.RemoteProtocolError):
        venue.signed(TRADES, venue.credential(0), symbol="BTCUSDT")
    assert venue.read(TRADES, venue.credential(0), symbol="BTCUSDT") is not None


def test_a_late_row_appears_at_its_instant(venue: Venue) -> None:
    trade = venue.world.binance.history.trades[-1]
    position = [account.uid for account in venue.world.binance.accounts].index(trade.uid)
    key = venue.credential(position)
    venue.fault(kind="late_row", event_id=trade.event_id, **{"from": "2026-01-14T12:00:00Z"})

    def is_seen() -> bool:
        rows = venue.read(TRADES, key, symbol=trade.symbol, fromId=trade.trade_id)
        return trade.trade_id in {row["id"] for row in rows}

    assert not is_seen()
    venue.emulation.clock.advance_to(datetime(2026, 1, 14, 12, tzinfo=UTC))
    assert is_seen()


def pages_of_deposits(venue: Venue, limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    while not pages or len(pages[-1]) == limit:
        rows = venue.read(DEPOSITS, venue.credential(0), offset=len(pages) * limit, limit=limit)
        pages.append([row["id"] for row in rows])
    return pages


def test_pages_that_begin_early_bring_rows_twice_and_lose_none(venue: Venue) -> None:
    whole = [row["id"] for row in venue.read(DEPOSITS, venue.credential(0))]
    venue.fault(kind="repeat_page", path=DEPOSITS, rows=2, requests=100)
    rows = [row for page in pages_of_deposits(venue, 3) for row in page]
    assert len(rows) == len(whole) + 2
    assert list(dict.fromkeys(rows)) == whole


def test_a_page_may_come_again_in_the_place_of_another(venue: Venue) -> None:
    straight = pages_of_deposits(venue, 3)
    venue.fault(kind="repeat_page", path=DEPOSITS)
    assert pages_of_deposits(venue, 3) == [straight[0], straight[0], *straight[2:]]
    assert pages_of_deposits(venue, 3) == straight
    trades = venue.world.binance.history.trades
    account = venue.world.binance.accounts[0]
    symbol = next(trade.symbol for trade in trades if trade.uid == account.uid)
    rows = venue.read(TRADES, venue.credential(0), symbol=symbol, fromId=0)
    venue.fault(kind="repeat_page", path=TRADES)
    last = {"symbol": symbol, "fromId": rows[-1]["id"]}
    assert venue.read(TRADES, venue.credential(0), **last) == rows
    assert venue.read(TRADES, venue.credential(0), **last) == rows[-1:]


def test_failures_strike_the_next_requests_of_their_path(venue: Venue) -> None:
    key = venue.credential(0)
    venue.fault(kind="http_429", requests=1, path="/sapi", retry_after=0)
    venue.fault(kind="http_5xx", requests=2, status=502, path=TRADES)
    refused = venue.signed(DEPOSITS, key)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "0")
    assert refused.json()["code"] == -1003
    statuses = [venue.signed(TRADES, key, symbol="BTCUSDT").status_code for _ in range(3)]
    assert statuses == [502, 502, 200]
    assert venue.read(DEPOSITS, key)


def test_a_skewed_clock_is_told_and_not_checked_by(venue: Venue) -> None:
    venue.fault(kind="clock_skew", milliseconds=5_000, requests=1)
    told = [venue.http.get("/api/v3/time").json()["serverTime"] for _ in range(2)]
    assert told[0] - told[1] == 5_000
    key = venue.credential(0)
    assert venue.refusal("/api/v3/account", key, timestamp=told[0]) == (400, -1021)
    assert venue.read("/api/v3/account", key, timestamp=told[1])["uid"]


def test_a_missing_snapshot_is_missing_for_one_account_and_day(venue: Venue) -> None:
    key = venue.credential(1)
    venue.fault(kind="missing_snapshot", account_ref=key["account_ref"], day="2026-01-10")
    counts = [
        len(venue.read(SNAPSHOT, venue.credential(n), type="SPOT")["snapshotVos"]) for n in range(3)
    ]
    assert counts == [7, 6, 7]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "earthquake"},
        {"kind": "hide_record"},
        {"kind": "http_5xx", "status": 404},
        {},
        {"kind": "http_429", "count": 3},
        {"kind": "http_429", "requests": 0},
        {"kind": "http_5xx", "body": "xml"},
        {"kind": "gone", "path": "/api/v3/myTradez"},
        {"kind": "gone", "path": "/api/v3/myTrades/1"},
        {"kind": "http_5xx", "path": "/v1/vaults/"},
    ],
)
def test_a_fault_that_is_none_is_refused(venue: Venue, wrong: dict[str, object]) -> None:
    refused = venue.http.post(f"/emulator/worlds/{venue.world.name}/faults", json=wrong)
    assert refused.status_code == 400
    assert refused.json()["error"]


@pytest.mark.parametrize(
    "path", ["/", "/v1/vault/accounts/7", "/v1/transactions/any", "/sapi/v1/capital", TRADES]
)
def test_a_fault_may_be_of_every_path_that_a_face_has_or_begins_with(
    venue: Venue, path: str
) -> None:
    venue.fault(kind="http_5xx", path=path)


def test_an_unknown_event_cannot_be_hidden(venue: Venue) -> None:
    """A typing error must not look like a venue that hides nothing."""
    url = f"/emulator/worlds/{venue.world.name}/faults"
    refused = venue.http.post(url, json={"kind": "hide_record", "event_id": "no:such"})
    assert refused.status_code == 400
