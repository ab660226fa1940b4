"""What each face of the emulated Binance shows, hides by default, pages and refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.binance.market import ASSETS, SYMBOLS
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.world import BinanceWorld

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OF_A_GROUP = "BNBETH"
START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = 86_400_000
TRADES = "/api/v3/myTrades"
DEPOSITS = "/sapi/v1/capital/deposit/hisrec"
WITHDRAWALS = "/sapi/v1/capital/withdraw/history"
TRANSFERS = "/sapi/v1/asset/transfer"
UNIVERSAL = "/sapi/v1/sub-account/universalTransfer"
SUB_HISTORY = "/sapi/v1/sub-account/transfer/subUserHistory"
SNAPSHOT = "/sapi/v1/accountSnapshot"


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


# Trades


def busiest_symbol(venue: Venue) -> tuple[int, str, int]:
    """Return the account (by position), the symbol and the number of its fills."""
    positions = {account.uid: n for n, account in enumerate(venue.world.binance.accounts)}
    counts: dict[tuple[int, str], int] = {}
    for trade in venue.world.binance.history.trades:
        key = (positions[trade.uid], trade.symbol)
        counts[key] = counts.get(key, 0) + 1
    (position, symbol), count = max(counts.items(), key=lambda entry: entry[1])
    return position, symbol, count


def test_trades_are_paged_by_an_inclusive_id(venue: Venue) -> None:
    position, symbol, count = busiest_symbol(venue)
    key = venue.credential(position)
    everything = venue.read(TRADES, key, symbol=symbol, fromId=0)
    assert len(everything) == count > 5
    ids = [row["id"] for row in everything]
    assert ids == sorted(ids)
    page = venue.read(TRADES, key, symbol=symbol, fromId=ids[2], limit=2)
    assert [row["id"] for row in page] == ids[2:4]
    assert venue.read(TRADES, key, symbol=symbol, fromId=ids[-1] + 1) == []


def test_without_a_bound_the_most_recent_trades_are_given(venue: Venue) -> None:
    position, symbol, _ = busiest_symbol(venue)
    key = venue.credential(position)
    ids = [row["id"] for row in venue.read(TRADES, key, symbol=symbol, fromId=0)]
    assert [row["id"] for row in venue.read(TRADES, key, symbol=symbol, limit=3)] == ids[-3:]


def test_trades_by_time_include_both_bounds(venue: Venue) -> None:
    position, symbol, _ = busiest_symbol(venue)
    key = venue.credential(position)
    rows = venue.read(TRADES, key, symbol=symbol, fromId=0)
    times = [row["time"] for row in rows]
    first, last = times[1], times[3]
    asked = venue.read(TRADES, key, symbol=symbol, startTime=first, endTime=first + DAY)
    assert [row["time"] for row in asked] == [t for t in times if first <= t <= first + DAY]
    since = venue.read(TRADES, key, symbol=symbol, startTime=last)
    assert [row["time"] for row in since] == [t for t in times if t >= last]
    by_order = venue.read(TRADES, key, symbol=symbol, orderId=rows[0]["orderId"])
    assert {row["orderId"] for row in by_order} == {rows[0]["orderId"]}


def test_trades_of_more_than_24_hours_are_refused(venue: Venue) -> None:
    begin = milliseconds(START)
    window = {"symbol": "BTCUSDT", "startTime": begin}
    venue.read(TRADES, venue.credential(0), **window, endTime=begin + DAY)
    refused = venue.refusal(TRADES, venue.credential(0), **window, endTime=begin + DAY + 1)
    assert refused == (400, -1127)
    assert venue.refusal(TRADES, venue.credential(0), **window, endTime=begin - 1) == (400, -1023)


@pytest.mark.parametrize(
    "others",
    [{"fromId": 1, "startTime": 1}, {"fromId": 1, "endTime": 1}, {"orderId": 1, "endTime": 1}],
)
def test_a_combination_of_trade_parameters_that_is_not_allowed_is_refused(
    venue: Venue, others: dict[str, int]
) -> None:
    assert venue.refusal(TRADES, venue.credential(0), symbol="BTCUSDT", **others) == (400, -1128)


def test_an_order_fills_in_several_trades_some_in_one_millisecond(venue: Venue) -> None:
    rows = [
        row
        for position in range(3)
        for symbol in SYMBOLS
        for row in venue.read(TRADES, venue.credential(position), symbol=symbol, fromId=0)
    ]
    by_order: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_order.setdefault(row["orderId"], []).append(row)
    fills = [order for order in by_order.values() if len(order) > 1]
    assert any(len({row["time"] for row in order}) < len(order) for order in fills)
    assert {row["isBuyer"] for row in rows} == {True, False}
    assert len({row["commissionAsset"] for row in rows}) > 2
    assert all(row["orderId"] > 2**53 for row in rows)


# Deposits and withdrawals


@pytest.mark.parametrize("path", [DEPOSITS, WITHDRAWALS])
def test_a_window_of_ninety_days_is_refused_and_a_shorter_one_is_not(
    venue: Venue, path: str
) -> None:
    end = milliseconds(venue.emulation.clock.now())
    key = venue.credential(0)
    assert venue.read(path, key, startTime=end - 90 * DAY + 1, endTime=end)
    assert venue.refusal(path, key, startTime=end - 90 * DAY, endTime=end) == (400, -4047)
    assert venue.refusal(path, key, startTime=end - 90 * DAY) == (400, -4047)
    assert venue.read(path, key) == venue.read(path, key, startTime=end - 89 * DAY)


@pytest.mark.parametrize("path", [DEPOSITS, WITHDRAWALS])
def test_pages_by_offset_add_up_to_the_whole(venue: Venue, path: str) -> None:
    # Of the masters of some worlds the one that has the most.
    worlds = [venue.world, *(venue.emulation.add_world(seed, START, 9) for seed in range(4))]
    keys = [world.binance.credentials()[0] for world in worlds]
    key, whole = max(
        ((key, venue.read(path, key)) for key in keys), key=lambda found: len(found[1])
    )
    assert len(whole) > 3
    pages = [venue.read(path, key, offset=at, limit=2) for at in range(0, len(whole) + 1, 2)]
    assert [row["id"] for page in pages for row in page] == [row["id"] for row in whole]


def test_a_deposit_goes_from_pending_to_credited(open_venue: OpenVenue) -> None:
    venue = open_venue()
    deposit = next(
        deposit
        for deposit in venue.world.binance.history.deposits
        if deposit.credited_at is not None
        and deposit.unlocked_at > deposit.credited_at
        and deposit.inserted_at > START
    )
    assert deposit.credited_at is not None
    position = [account.uid for account in venue.world.binance.accounts].index(deposit.uid)

    def row_at(instant: datetime) -> dict[str, Any] | None:
        at = open_venue(instant)
        rows = at.read(DEPOSITS, at.credential(position), includeSource="true")
        return next((row for row in rows if row["id"] == deposit.record_id), None)

    second = timedelta(seconds=1)
    assert row_at(deposit.inserted_at) is None
    pending = row_at(deposit.inserted_at + second)
    assert pending is not None
    assert pending["status"] == 0
    assert "completeTime" not in pending
    credited = row_at(deposit.credited_at + second)
    assert credited is not None
    assert credited["status"] == 6
    assert credited["completeTime"] == milliseconds(deposit.credited_at)
    unlocked = row_at(deposit.unlocked_at + second)
    assert unlocked is not None
    assert (unlocked["status"], unlocked["unlockConfirm"]) == (1, 0)
    assert unlocked["sourceAddress"]


def test_a_withdrawal_is_in_transit_until_it_completes(open_venue: OpenVenue) -> None:
    venue = open_venue()
    withdrawal = next(w for w in venue.world.binance.history.withdrawals if w.wallet == "spot")
    second = timedelta(seconds=1)
    expected = {
        withdrawal.applied_at + second: (2, None),
        withdrawal.processed_at + second: (4, None),
        withdrawal.ended_at + second: (6, withdrawal.ended_at.strftime("%Y-%m-%d %H:%M:%S")),
    }
    for instant, (status, complete_time) in expected.items():
        at = open_venue(instant)
        rows = at.read(WITHDRAWALS, at.credential(0), coin=withdrawal.coin)
        row = next(row for row in rows if row["id"] == withdrawal.record_id)
        assert (row["status"], row.get("completeTime")) == (status, complete_time)
        assert row["applyTime"] == withdrawal.applied_at.strftime("%Y-%m-%d %H:%M:%S")
        assert Decimal(row["amount"]) == withdrawal.amount
        assets = at.read("/sapi/v3/asset/getUserAsset", at.credential(0), asset=withdrawal.coin)
        withdrawing = Decimal(assets[0]["withdrawing"])
        assert (withdrawing >= withdrawal.debit) is (status != 6)


def test_a_cancelled_withdrawal_returns_without_telling_when(open_venue: OpenVenue) -> None:
    cancelled_in_all = 0
    for seed in range(4):
        venue = open_venue(options={"cancelled_withdrawals": True}, seed=seed)
        cancelled = [w for w in venue.world.binance.history.withdrawals if w.is_cancelled]
        rows = venue.read(WITHDRAWALS, venue.credential(0), status=1)
        assert {row["id"] for row in rows} == {
            w.record_id for w in cancelled if w.ended_at < venue.emulation.clock.now()
        }
        assert all("completeTime" not in row for row in rows)
        cancelled_in_all += len(rows)
    assert cancelled_in_all


def test_only_a_master_withdraws(open_venue: OpenVenue) -> None:
    venue = open_venue()
    assert venue.read(WITHDRAWALS, venue.credential(1)) == []
    strict = open_venue(options={"subs_read_withdrawals": False})
    assert strict.refusal(WITHDRAWALS, strict.credential(1)) == (400, -4006)


# Transfers


def test_own_transfers_are_asked_for_by_type_and_paged(venue: Venue) -> None:
    for position in range(3):
        key = venue.credential(position)
        for kind in ("MAIN_FUNDING", "FUNDING_MAIN"):
            window = {"type": kind, "startTime": milliseconds(START)}
            whole = venue.read(TRANSFERS, key, **window, size=100)
            assert whole["total"] == len(whole["rows"])
            assert {row["type"] for row in whole["rows"]} <= {kind}
            pages = [
                venue.read(TRANSFERS, key, **window, size=1, current=page + 1)["rows"]
                for page in range(whole["total"] + 1)
            ]
            assert [page[0] for page in pages[:-1]] == whole["rows"]
            assert pages[-1] == []
    default = venue.read(TRANSFERS, venue.credential(0), type="MAIN_FUNDING", size=100)
    week_ago = milliseconds(venue.emulation.clock.now() - timedelta(days=7))
    assert all(row["timestamp"] >= week_ago for row in default["rows"])


def test_a_transfer_type_is_one_of_the_documented(venue: Venue) -> None:
    key = venue.credential(0)
    assert venue.read(TRANSFERS, key, type="MAIN_UMFUTURE") == {"total": 0, "rows": []}
    assert venue.refusal(TRANSFERS, key, type="MAIN_MOON") == (400, -1130)
    assert venue.refusal(TRANSFERS, key, type="ISOLATEDMARGIN_MARGIN") == (400, -1102)


def test_universal_transfers_without_an_email_are_those_that_the_master_sent(venue: Venue) -> None:
    key = venue.credential(0)
    end = milliseconds(START) + 7 * DAY
    window = {"startTime": end - 7 * DAY + 1, "endTime": end}
    emails = [account.email for account in venue.world.binance.accounts]
    sent = {email: venue.read(UNIVERSAL, key, fromEmail=email, **window) for email in emails}
    received = {email: venue.read(UNIVERSAL, key, toEmail=email, **window) for email in emails}
    assert venue.read(UNIVERSAL, key, **window) == sent[emails[0]]
    by_sender = {row["tranId"] for found in sent.values() for row in found["result"]}
    by_receiver = {row["tranId"] for found in received.values() for row in found["result"]}
    assert by_sender == by_receiver
    assert len(by_sender) == sum(found["totalCount"] for found in sent.values()) > 0


def test_universal_transfers_refuse_both_emails_a_stranger_and_seven_days(venue: Venue) -> None:
    key = venue.credential(0)
    emails = [account.email for account in venue.world.binance.accounts]
    both = {"fromEmail": emails[0], "toEmail": emails[1]}
    assert venue.refusal(UNIVERSAL, key, **both) == (400, -1128)
    assert venue.refusal(UNIVERSAL, key, fromEmail="who@example.com") == (400, -5021)
    begin = milliseconds(START)
    week = {"startTime": begin, "endTime": begin + 7 * DAY}
    assert venue.refusal(UNIVERSAL, key, **week) == (400, -4047)


def test_a_subs_history_and_the_masters_transfers_are_the_same_records(venue: Venue) -> None:
    begin = milliseconds(START)
    accounts = venue.world.binance.accounts
    seen_by_master: dict[int, dict[str, Any]] = {}
    for account in accounts:
        for week in (begin, begin + 6 * DAY):
            window = {"startTime": week, "endTime": week + 6 * DAY - 1}
            found = venue.read(UNIVERSAL, venue.credential(0), fromEmail=account.email, **window)
            seen_by_master |= {row["tranId"]: row for row in found["result"]}
    for position in (1, 2):
        key, email = venue.credential(position), accounts[position].email
        for direction, side in ((1, "toEmail"), (2, "fromEmail")):
            rows = venue.read(SUB_HISTORY, key, type=direction, returnFailHistory="true")
            assert {row["tranId"] for row in rows} == {
                tran_id for tran_id, row in seen_by_master.items() if row[side] == email
            }
            successes = venue.read(SUB_HISTORY, key, type=direction)
            assert {row["status"] for row in successes} <= {"SUCCESS"}
        assert venue.read(SUB_HISTORY, key) == venue.read(SUB_HISTORY, key, type=2)


def test_the_two_histories_may_not_share_their_ids(open_venue: OpenVenue) -> None:
    venue = open_venue(options={"sub_history_shares_tran_id": False})
    shared = {t.tran_id for t in venue.world.binance.history.family_transfers}
    rows = venue.read(SUB_HISTORY, venue.credential(1), type=1)
    assert rows
    assert shared.isdisjoint(row["tranId"] for row in rows)


def test_the_list_of_subs_shows_one_unless_more_are_asked_for(venue: Venue) -> None:
    path, key = "/sapi/v1/sub-account/list", venue.credential(0)
    assert len(venue.read(path, key)["subAccounts"]) == 1
    subs = venue.read(path, key, limit=200)["subAccounts"]
    references = [venue.credential(position)["account_ref"] for position in (1, 2)]
    assert [str(sub["subUserId"]) for sub in subs] == references
    assert venue.read(path, key, limit=1, page=2)["subAccounts"] == subs[1:]
    assert venue.refusal(path, key, limit=201) == (400, -1130)


# Positions, snapshots, permissions


def own(balances: list[dict[str, str]]) -> list[dict[str, str]]:
    """Leave out the tokens of flexible earn; LDO is a coin."""
    return [row for row in balances if row["asset"] in ASSETS or not row["asset"].startswith("LD")]


def test_the_two_readings_of_the_spot_wallet_agree(venue: Venue) -> None:
    for position in range(3):
        key = venue.credential(position)
        account = venue.read("/api/v3/account", key, omitZeroBalances="true")
        assets = venue.read("/sapi/v3/asset/getUserAsset", key)
        free = {row["asset"]: Decimal(row["free"]) for row in assets if row["free"] != "0"}
        assert {row["asset"]: Decimal(row["free"]) for row in own(account["balances"])} == free
        every = venue.read("/api/v3/account", key)["balances"]
        assert len(every) > len(account["balances"])
        assert all(len(row["free"].partition(".")[2]) >= 8 for row in every)


def test_a_snapshot_is_the_position_at_the_midnight_after_its_label(venue: Venue) -> None:
    for position in range(3):
        key = venue.credential(position)
        found = venue.read(SNAPSHOT, key, type="SPOT", limit=30)
        labels = [row["updateTime"] for row in found["snapshotVos"]]
        first = milliseconds(START) + DAY - 1_000
        # Without times only the last seven days are given, the one that just ended among them.
        assert (found["code"], labels) == (200, [first + day * DAY for day in range(2, 9)])
        for row in found["snapshotVos"]:
            midnight = EPOCH + timedelta(milliseconds=row["updateTime"] + 1_000)
            truth = {
                cell.asset: amount
                for cell, amount in venue.world.positions(midnight).items()
                if (cell.account_ref, cell.wallet, cell.component)
                == (key["account_ref"], "spot", "balance")
                and amount
            }
            assert truth == {
                balance["asset"]: Decimal(balance["free"]) + Decimal(balance["locked"])
                for balance in own(row["data"]["balances"])
            }


def test_a_snapshot_appears_when_it_is_published(open_venue: OpenVenue) -> None:
    hour = {"snapshot_published_after": 3_600}
    midnight = START + timedelta(days=3)
    early = open_venue(midnight + timedelta(minutes=59), options=hour)
    late = open_venue(midnight + timedelta(minutes=60), options=hour)
    counts = [
        len(venue.read(SNAPSHOT, venue.credential(0), type="SPOT")["snapshotVos"])
        for venue in (early, late)
    ]
    assert counts == [2, 3]


def test_a_snapshot_leaves_out_what_is_being_withdrawn(open_venue: OpenVenue) -> None:
    """Whether it does is uncertain: the option shows the other reading."""
    midnights = [START + timedelta(days=day) for day in range(1, 10)]
    seed, withdrawal, midnight = next(
        (seed, withdrawal, midnight)
        for seed in range(100)
        for withdrawal in open_world(seed).history.withdrawals
        for midnight in midnights
        if withdrawal.applied_at < midnight < withdrawal.ended_at and withdrawal.wallet == "spot"
    )
    amounts = []
    for includes in (False, True):
        options = {"snapshot_includes_withdrawing": includes, "busier": 1}
        venue = open_venue(midnight + timedelta(minutes=5), seed=seed, options=options)
        row = venue.read(SNAPSHOT, venue.credential(0), type="SPOT")["snapshotVos"][-1]
        free = {entry["asset"]: Decimal(entry["free"]) for entry in row["data"]["balances"]}
        amounts.append(free[withdrawal.coin])
    assert amounts[1] - amounts[0] >= withdrawal.debit


def open_world(seed: int) -> BinanceWorld:
    return BinanceWorld(seed, START, 9, 0, BinanceOptions())


def test_snapshot_errors_are_inside_of_200(venue: Venue) -> None:
    key, end = venue.credential(0), milliseconds(venue.emulation.clock.now())
    too_wide = {"startTime": end - 30 * DAY, "endTime": end, "limit": 30}
    for wrong in (too_wide, {"limit": 6}, {"limit": 31}):
        answer = venue.read(SNAPSHOT, key, type="SPOT", **wrong)
        assert answer["code"] < 0
        assert answer["snapshotVos"] == []
    wide = venue.read(SNAPSHOT, key, type="SPOT", startTime=end - 29 * DAY, limit=30)
    assert len(wide["snapshotVos"]) == 9


def test_a_key_is_read_only_unless_it_was_made_otherwise(venue: Venue) -> None:
    path = "/sapi/v1/account/apiRestrictions"
    permissions = venue.read(path, venue.credential(0))
    assert [name for name, value in permissions.items() if value is True] == ["enableReading"]
    strong = venue.http.post(
        f"/emulator/worlds/{venue.world.name}/keys",
        json={
            "venue": "binance",
            "account_ref": venue.credential(0)["account_ref"],
            "permissions": {"enableWithdrawals": True, "ipRestrict": True},
        },
    ).json()
    shown = venue.read(path, strong)
    assert (shown["enableWithdrawals"], shown["ipRestrict"]) == (True, True)
    assert strong["api_key"] != venue.credential(0)["api_key"]


def test_exchange_info_lists_symbols_that_nobody_trades(venue: Venue) -> None:
    path = "/api/v3/exchangeInfo"
    symbols = {row["symbol"]: row for row in venue.http.get(path).json()["symbols"]}
    traded = {trade.symbol for trade in venue.world.binance.history.trades}
    assert traded < set(symbols)
    assert symbols["XRPBTC"]["status"] == "BREAK"
    assert "币安人生USDT" in symbols
    one = venue.http.get(path, params={"symbol": "BTCUSDT"}).json()["symbols"]
    two = venue.http.get(path, params={"symbols": '["BTCUSDT","ETHBTC"]'}).json()["symbols"]
    assert [row["symbol"] for row in one + two] == ["BTCUSDT", "BTCUSDT", "ETHBTC"]
    assert venue.http.get(path, params={"symbol": "NOSUCH"}).json()["code"] == -1121
    broken = venue.http.get(path, params={"symbolStatus": "BREAK"}).json()["symbols"]
    assert [row["symbol"] for row in broken] == ["XRPBTC"]
    assert venue.http.get(path, params={"permissions": "MARGIN"}).json()["symbols"] == []
    # A pair of a trade group is listed only where the group, or the pair itself, is asked for.
    assert OF_A_GROUP not in {row["symbol"] for row in venue.http.get(path).json()["symbols"]}
    for asked in ({"permissions": '["SPOT","TRD_GRP_004"]'}, {"symbol": OF_A_GROUP}):
        rows = venue.http.get(path, params=asked).json()["symbols"]
        [listed] = [row for row in rows if row["symbol"] == OF_A_GROUP]
        assert listed["permissionSets"] == [["TRD_GRP_004"]]
    assert venue.http.get(path, params={"permissions": "TRD_GRP_099"}).status_code == 400
