"""What the faces of futures and options show, hide by default, page and refuse."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from coinfrs_pipelines.emulator.binance.authoring.futures import BURST_FILLS
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.world import BinanceWorld

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS, DAY = 9, 86_400_000
MASTER, SUB, OTHER = 0, 1, 2
UM_INCOME, CM_INCOME, BILLS = "/fapi/v1/income", "/dapi/v1/income", "/eapi/v1/bill"
# Something of a value that no float holds to the last digit.
BEYOND_A_FLOAT = 2**53


def milliseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(milliseconds=1)


SINCE = milliseconds(START)


def income(venue: Venue, position: int = MASTER, **given: Any) -> list[dict[str, Any]]:
    window = {"startTime": SINCE, "endTime": SINCE + 7 * DAY, "limit": 1000}
    rows: list[dict[str, Any]] = venue.read(UM_INCOME, venue.credential(position), **window | given)
    return rows


def test_income_is_told_oldest_first_in_whole_seconds(venue: Venue) -> None:
    rows = income(venue)
    times = [row["time"] for row in rows]
    assert len(times) > 25
    assert times == sorted(times)
    assert all(time % 1_000 == 0 for time in times)
    assert max(Counter(times).values()) > 1
    true = {m.at for m in venue.world.binance.history.of_kind("um_futures_income")}
    assert any(at.microsecond for at in true)


def test_funding_is_paid_at_midnight_and_every_eighth_hour_exactly(venue: Venue) -> None:
    paid = [row for row in income(venue) if row["incomeType"] == "FUNDING_FEE"]
    assert {row["time"] % DAY // 3_600_000 for row in paid} == {0, 8, 16}
    assert {row["time"] % 3_600_000 for row in paid} == {0}
    assert {row["tradeId"] for row in paid} == {""}
    assert all(row["tranId"] > BEYOND_A_FLOAT for row in paid)


def test_a_result_and_its_commission_share_their_ids_and_neither_type_nor_asset(
    venue: Venue,
) -> None:
    fills = defaultdict(list)
    for row in income(venue):
        if row["tradeId"]:
            fills[row["tranId"], row["symbol"], row["tradeId"]].append(row)
    kinds = {tuple(row["incomeType"] for row in rows) for rows in fills.values()}
    assert ("REALIZED_PNL", "COMMISSION") in kinds
    assert kinds <= {("REALIZED_PNL", "COMMISSION"), ("COMMISSION",)}
    commissions = {row["asset"] for rows in fills.values() for row in rows[-1:]}
    assert "BNB" in commissions


def test_an_id_is_of_one_row_of_a_type_also_where_an_asset_is_exchanged(
    open_venue: OpenVenue,
) -> None:
    rows = income(open_venue(seed=3), incomeType="AUTO_EXCHANGE")
    assert len({row["asset"] for row in rows}) > 1
    assert len({row["tranId"] for row in rows}) == len(rows)


def test_the_answer_is_short_by_default_and_may_be_of_one_type_or_symbol(venue: Venue) -> None:
    everything = income(venue)
    assert income(venue, limit=100) == everything[:100]
    window = {"startTime": SINCE, "endTime": SINCE + 7 * DAY}
    assert venue.read(UM_INCOME, venue.credential(MASTER), **window) == everything[:100]
    for name in ("incomeType", "symbol"):
        value = everything[-1][name] or "BTCUSDT"
        only: dict[str, Any] = {name: value}
        found = income(venue, **only)
        assert found == [row for row in everything if row[name] == value]
    assert venue.refusal(UM_INCOME, venue.credential(MASTER), incomeType="MOON") == (400, -1130)


def test_a_window_is_a_week_at_most_and_its_ends_belong_to_it(venue: Venue) -> None:
    key, rows = venue.credential(MASTER), income(venue)
    at = rows[len(rows) // 2]["time"]
    assert income(venue, startTime=at, endTime=at) == [row for row in rows if row["time"] == at]
    wide = {"startTime": SINCE, "endTime": SINCE + 7 * DAY + 1}
    assert venue.refusal(UM_INCOME, key, **wide) == (400, -1127)


def test_transfers_are_income_of_the_second_in_which_they_were_made(venue: Venue) -> None:
    history = venue.world.binance.history
    sub = venue.world.binance.accounts[SUB].uid
    made = {
        t.tran_id: (t.asset, t.amount if t.target == "um_futures" else -t.amount)
        for t in history.wallet_transfers
        if t.uid == sub and "um_futures" in {t.source, t.target} and t.is_confirmed
    } | {
        f.tran_id: (f.asset, f.amount if f.target_uid == sub else -f.amount)
        for f in history.family_transfers
        if f.is_successful
        and (sub, "um_futures")
        in {(f.source_uid, f.source_wallet), (f.target_uid, f.target_wallet)}
    }
    before = {"startTime": SINCE - DAY, "endTime": SINCE}
    rows = income(venue, SUB, **before) + income(venue, SUB, startTime=SINCE + 1)
    told = {
        row["tranId"]: (row["asset"], Decimal(row["income"]))
        for row in rows
        if row["incomeType"] == "TRANSFER"
    }
    assert told
    assert told.items() <= made.items()


def test_a_family_transfer_names_the_wallets_of_both_ends(open_venue: OpenVenue) -> None:
    seed = next(
        seed
        for seed in range(50)
        if {
            (t.source_wallet, t.target_wallet)
            for t in BinanceWorld(seed, START, 6, 0, BinanceOptions()).history.family_transfers
        }
        > {("spot", "um_futures")}
    )
    venue = open_venue(seed=seed)
    master = venue.credential(MASTER)
    # Of six days, but the world in this venue has nine; the first are drawn alike.
    told = venue.read(
        "/sapi/v1/sub-account/universalTransfer",
        master,
        startTime=SINCE,
        endTime=SINCE + 7 * DAY - 1,
    )["result"]
    sent = {
        t.tran_id: (t.source_wallet, t.target_wallet)
        for t in venue.world.binance.history.family_transfers
    }
    names = {"SPOT": "spot", "USDT_FUTURE": "um_futures"}
    assert told
    for row in told:
        ends = tuple(names[row[f"{end}AccountType"]] for end in ("from", "to"))
        assert ends == sent[row["tranId"]]


def test_what_is_older_than_three_months_is_gone_or_answered_with_the_latest(
    open_venue: OpenVenue,
) -> None:
    later = START + timedelta(days=100)
    old = {"startTime": SINCE, "endTime": SINCE + DAY}
    assert income(open_venue(later), **old) == []
    # In three months some of the world is left.
    kept = open_venue(START + timedelta(days=95), options={"old_income_is_latest": True})
    latest = income(kept, **old)
    assert latest
    assert all(row["time"] > SINCE + DAY for row in latest)


def test_an_order_may_fill_a_second_with_more_rows_than_an_answer_holds(
    open_venue: OpenVenue,
) -> None:
    seed, position, second = next(
        (seed, position, at)
        for seed in range(100)
        for position, at in bursts(BinanceWorld(seed, START, DAYS, 0, BinanceOptions()))
    )
    venue = open_venue(seed=seed, options={"busier": 1})
    window = {"startTime": second, "endTime": second + 999}
    assert len(income(venue, position, **window)) == 1_000
    parts = [
        income(venue, position, incomeType=kind, **window)
        for kind in ("REALIZED_PNL", "COMMISSION")
    ]
    assert sum(map(len, parts)) > 1_000
    assert max(map(len, parts)) < 1_000


def bursts(world: BinanceWorld) -> list[tuple[int, int]]:
    positions = {account.uid: n for n, account in enumerate(world.accounts)}
    seconds = Counter(
        (positions[m.uid], milliseconds(m.at) // 1_000 * 1_000)
        for m in world.history.of_kind("um_futures_income")
        if milliseconds(m.at) < SINCE + 7 * DAY
    )
    return [place for place, count in seconds.items() if count > BURST_FILLS * 9 // 10]


def test_coin_margined_income_has_ids_of_text_and_windows_of_a_year(venue: Venue) -> None:
    key = venue.credential(MASTER)
    rows = venue.read(CM_INCOME, key, startTime=SINCE - 300 * DAY, limit=1000)
    assert {row["asset"] for row in rows} <= {"BTC", "ETH"}
    assert {type(row["tranId"]) for row in rows} == {str}
    assert {"TRANSFER", "FUNDING_FEE", "COMMISSION"} <= {row["incomeType"] for row in rows}
    assert venue.refusal(CM_INCOME, key, startTime=SINCE - 366 * DAY) == (400, -1127)


def test_bills_begin_at_an_id_or_are_the_latest(venue: Venue) -> None:
    key = venue.credential(MASTER)
    rows = venue.read(BILLS, key, currency="USDT", limit=1000)
    shared = Counter(row["id"] for row in rows)
    assert {row["type"] for row in rows} >= {"TRANSFER", "CONTRACT", "FEE"}
    assert set(shared.values()) == {1, 2}
    assert venue.read(BILLS, key, currency="USDT", limit=5) == rows[:5]
    first = sorted(shared)[len(shared) // 2]
    from_there = venue.read(BILLS, key, currency="USDT", recordId=first, limit=1000)
    assert from_there == [row for row in rows if row["id"] >= first]
    assert venue.refusal(BILLS, key) == (400, -1102)


def test_what_is_not_realised_stands_beside_the_balance(venue: Venue) -> None:
    master = venue.credential(MASTER)
    for path, name in (("/fapi/v3/balance", "crossUnPnl"), ("/dapi/v1/balance", "crossUnPnl")):
        rows = venue.read(path, master)
        assert any(Decimal(row[name]) for row in rows)
    [options] = venue.read("/eapi/v1/marginAccount", master)["asset"]
    unrealised = Decimal(options["unrealizedPNL"])
    assert Decimal(options["equity"]) == Decimal(options["marginBalance"]) + unrealised


def test_a_margin_balance_may_hold_what_is_not_realised(open_venue: OpenVenue) -> None:
    venue = open_venue(options={"option_margin_balance_is_realised": False})
    [options] = venue.read("/eapi/v1/marginAccount", venue.credential(MASTER))["asset"]
    assert options["equity"] == options["marginBalance"]


@pytest.mark.parametrize(
    ("path", "positions"),
    [(UM_INCOME, {OTHER}), ("/dapi/v1/balance", {OTHER}), ("/eapi/v1/marginAccount", {SUB, OTHER})],
)
def test_who_has_not_opened_a_product_is_told_that_the_key_is_wrong(
    venue: Venue, path: str, positions: set[int]
) -> None:
    for position in positions:
        assert venue.refusal(path, venue.credential(position)) == (401, -2015)


def test_a_hidden_event_is_in_no_answer(venue: Venue) -> None:
    rows = income(venue)
    [row] = [row for row in rows if row["incomeType"] == "FUNDING_FEE"][:1]
    venue.fault(kind="hide_record", event_id=f"binance:um_futures_income:{row['tranId']}")
    assert income(venue) == [each for each in rows if each != row]
