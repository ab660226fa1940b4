"""A family of records writes its movements and tells them, and nothing else knows its kinds."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import pytest

from coinfrs_pipelines.emulator.binance import refusals, wire
from coinfrs_pipelines.emulator.binance.accounts import Account, Product
from coinfrs_pipelines.emulator.binance.authoring.balances import Balances
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.families import AccountStep
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.authoring.transfers import book_transfer
from coinfrs_pipelines.emulator.binance.calls import PAGE, WINDOW, Call, Face
from coinfrs_pipelines.emulator.binance.faces.overviews import wallet_balance
from coinfrs_pipelines.emulator.binance.faces.snapshots import account_snapshot
from coinfrs_pipelines.emulator.binance.gate import Answer, Gate, Received
from coinfrs_pipelines.emulator.binance.history import Numbers, on_the_hour
from coinfrs_pipelines.emulator.binance.limits import DAPI, EAPI, FAPI, PAPI, SPOT, Limits
from coinfrs_pipelines.emulator.binance.market import worth
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.records import Movement, cell
from coinfrs_pipelines.emulator.binance.refusals import Refusal
from coinfrs_pipelines.emulator.binance.world import BinanceWorld
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.faults import Faults
from coinfrs_pipelines.emulator.ledger import Leg

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 3
NOW = START + timedelta(days=2, minutes=5)
MASTER, OTHERS = 0, 2


class Loans:
    """Lends on the first evening, takes interest by the hour, and pays dividends at any time."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...], _: Trading) -> None:
        self._draft = draft
        self._accounts = [account for account in accounts if "margin" in account.products]

    def open(self, start: datetime) -> None:
        for account in self._accounts:
            self._draft.at(start - timedelta(hours=1), partial(self._lend, account))

    def plan_day(self, day: datetime, _number: int, _last: int) -> None:
        for account in self._accounts:
            for at in on_the_hour(day, *range(24)):
                self._draft.at(at, partial(self._accrue, account))

    def chances(self, account: Account) -> Sequence[tuple[AccountStep, int]]:
        return ((self._pay, 15),) if account in self._accounts else ()

    def _lend(self, account: Account, at: datetime) -> None:
        book_transfer(self._draft, account.uid, "spot", "cross_margin", "USDT", Decimal(500))
        book_transfer(self._draft, account.uid, "spot", "um_futures", "USDT", Decimal("40.5"))
        self._book("loans", account, at, ("cross_margin", "balance"), ("cross_margin", "loan"))

    def _accrue(self, account: Account, at: datetime) -> None:
        self._book("interest", account, at, ("cross_margin", "interest"))

    def _pay(self, account: Account, at: datetime) -> None:
        self._book("dividends", account, at, ("spot", "balance"))

    def _book(self, kind: str, account: Account, at: datetime, *places: tuple[str, str]) -> None:
        number = self._draft.numbers.of(kind)
        legs = tuple(
            Leg(cell(account.uid, wallet, "USDC", component), Decimal(number % 7 + 1), at)
            for wallet, component in places
        )
        fields = {"number": number, "told_at": at + timedelta(hours=1)}
        label = f"{account.uid} has {kind}"
        self._draft.book(Movement(kind, account.uid, str(number), at, legs, fields, label))


@pytest.fixture(scope="module")
def world() -> BinanceWorld:
    return BinanceWorld(7, START, DAYS, 0, BinanceOptions(), (Loans,))


def call_of(
    world: BinanceWorld, position: int = MASTER, now: datetime = NOW, **arguments: Any
) -> Call:
    key = world.key(world.credentials()[position]["api_key"])
    assert key is not None
    limits = Limits(Decimal(1))
    return Call(now, arguments, (Faults(),), limits, "/sapi/v1/some/history", key, world)


def draft() -> Draft:
    rng = Random(1)
    return Draft(rng, Numbers(rng, 0), BinanceOptions())


def movement(*legs: Leg, at: datetime = START) -> Movement:
    return Movement("gifts", 1, "77", at, legs, {}, "1 was given something")


def leg(amount: int, at: datetime, wallet: str = "spot", component: str = "balance") -> Leg:
    return Leg(cell(1, wallet, "BTC", component), Decimal(amount), at)


# Writing


def test_a_movement_is_an_event_at_its_first_leg() -> None:
    late, early = START + timedelta(hours=2), START + timedelta(hours=1)
    event = movement(leg(1, late), leg(2, early)).event()
    assert (event.event_id, event.kind, event.at) == ("binance:gifts:77", "gifts", early)
    assert event.attributes == {"label": "1 was given something", "record_id": "77"}
    assert movement(at=late).event().at == late
    assert movement(at=late).event().legs == ()


def test_legs_move_now_and_later() -> None:
    book = draft()
    noon, evening = START + timedelta(hours=12), START + timedelta(hours=18)
    seen: list[Decimal] = []
    book.at(noon, lambda at: book.book(movement(leg(5, at), leg(-2, evening), at=at)))
    for instant in (noon, evening):
        book.at(
            instant + timedelta(seconds=1),
            lambda _: seen.append(book.balances.free(1, "spot", "BTC")),
        )
    history = book.run()
    assert seen == [5, 3]
    assert history.movements == history.of_kind("gifts")
    assert history.of_kind("none") == []


@pytest.mark.parametrize(
    "instant",
    [
        START + timedelta(hours=11, minutes=59),
        START + timedelta(days=1, milliseconds=1),
        START + timedelta(days=1, minutes=9, seconds=59),
        START + timedelta(days=1, hours=1, microseconds=1),
    ],
)
def test_a_leg_in_the_past_in_the_closing_or_within_a_millisecond_is_a_bug(
    instant: datetime,
) -> None:
    book = draft()
    book.at(START + timedelta(hours=12), lambda at: book.book(movement(leg(1, instant), at=at)))
    with pytest.raises(ValueError, match="binance:gifts:77"):
        book.run()


def test_a_leg_at_midnight_exactly_is_none() -> None:
    book = draft()
    [midnight] = on_the_hour(START + timedelta(days=1), 0)
    book.at(START + timedelta(hours=12), lambda at: book.book(movement(leg(1, midnight), at=at)))
    book.run()
    assert book.balances.free(1, "spot", "BTC") == 1


def test_balances_and_liabilities_never_fall_below_zero() -> None:
    balances = Balances()
    balances.add(1, "cross_margin", "BTC", Decimal(3), component="loan")
    assert balances.free(1, "cross_margin", "BTC") == 0
    assert balances.free(1, "cross_margin", "BTC", component="loan") == 3
    assert balances.held(1, "cross_margin") == []
    assert balances.held(1, "cross_margin", component="loan") == ["BTC"]
    for component in ("balance", "loan", "interest"):
        with pytest.raises(ValueError, match=component):
            balances.add(1, "cross_margin", "BTC", Decimal(-4), component=component)
    balances.add(1, "spot", "BTC", Decimal(-4), component="in_transit")


def test_a_family_writes_into_every_world_and_its_midnights(world: BinanceWorld) -> None:
    history = world.history
    uids = [account.uid for account in world.accounts]
    assert {m.uid for m in history.movements} == set(uids[:OTHERS])
    assert history.of_kind("dividends")
    interest = {m.at for m in history.of_kind("interest")}
    assert {START + timedelta(days=day) for day in range(DAYS)} < interest
    assert len(interest) == 24 * DAYS
    assert {t.kind for t in history.wallet_transfers} > {"MAIN_MARGIN", "MAIN_UMFUTURE"}
    assert {m.event_id for m in history.movements} < {e.event_id for e in world.ledger_events}
    assert history == BinanceWorld(7, START, DAYS, 0, BinanceOptions(), (Loans,)).history


def test_two_worlds_share_no_id_of_a_family(world: BinanceWorld) -> None:
    other = BinanceWorld(7, START, DAYS, 1, BinanceOptions(), (Loans,))
    mine, theirs = ({m.event_id for m in w.history.movements} for w in (world, other))
    assert len(mine) == len(theirs)
    assert mine.isdisjoint(theirs)


def test_a_holding_tells_what_is_owed(world: BinanceWorld) -> None:
    master = world.accounts[MASTER].uid
    holding = world.holdings(master, "cross_margin", NOW)["USDC"]
    assert holding.loan == holding.balance > 0
    assert holding.net == -holding.interest < 0
    assert world.position(master, "cross_margin", "USDC", NOW, "interest") == holding.interest
    assert world.wallets(master) == ["cross_margin", "funding", "spot", "um_futures"]


# Telling


def test_a_face_is_given_what_has_happened_to_the_account_within_the_window(
    world: BinanceWorld,
) -> None:
    midnight = START + timedelta(days=1)
    call = call_of(world)
    hours = call.movements("interest", midnight, NOW + timedelta(days=1), order="oldest_first")
    assert [m.at for m in hours] == list(on_the_hour(midnight, *range(25)))
    assert {m.uid for m in hours} == {call.account.uid}
    assert call.movements("interest", midnight, midnight, order="newest_first") == hours[:1]
    # What happens at this very millisecond has not happened yet.
    assert call_of(world, now=midnight).movements("interest", midnight, NOW) == []
    assert call_of(world, OTHERS).movements("interest", START, NOW) == []
    sub = world.accounts[1].uid
    assert {m.uid for m in call.movements("interest", START, NOW, uid=sub)} == {sub}


def test_a_face_may_tell_another_instant_and_only_some(world: BinanceWorld) -> None:
    call = call_of(world)
    everything = call.movements("interest", START, NOW)
    later = call.movements("interest", START, NOW, at=lambda m: m.fields["told_at"])
    assert len(everything) - len(later) == 1
    odd = call.movements("interest", START, NOW, where=lambda m: m.fields["number"] % 2 == 1)
    assert 0 < len(odd) < len(everything)
    assert [m.at for m in everything] == sorted((m.at for m in everything), reverse=True)


def test_a_fault_keeps_a_movement_back_from_the_answer_that_would_hold_it(
    world: BinanceWorld,
) -> None:
    call = call_of(world)
    first, second = call.movements("interest", START, NOW)[:2]
    faults = call.faults[0]
    faults.inject({"kind": "hide_record", "event_id": first.event_id})
    faults.inject({"kind": "drop_row", "event_id": second.event_id, "path": call.path})
    rows = call.movements("interest", START, NOW)
    assert first not in rows
    assert second in rows
    # Another page does not use up the drop, and the page that would hold the row does.
    assert second not in call.paged(rows, 2, 1)
    assert call.paged(rows, 1, 1) == []
    assert call.paged(rows, 1, 1) == [second]


def test_nothing_is_told_before_it_happens_by_a_face_that_tells_whole_seconds(
    world: BinanceWorld,
) -> None:
    midnight = START + timedelta(days=1)

    def told(movement: Movement) -> datetime:
        return movement.at - timedelta(milliseconds=500)

    call = call_of(world, now=midnight)
    assert midnight not in [m.at for m in call.movements("interest", START, NOW, at=told)]


def test_snapshots_follow_from_the_ledger(world: BinanceWorld) -> None:
    def last(kind: str, position: int = MASTER) -> Any:
        rows = account_snapshot(call_of(world, position, type=kind, limit=30))["snapshotVos"]
        return rows[-1] if rows else None

    margin, futures = last("MARGIN"), last("FUTURES")
    label = wire.milliseconds(START + timedelta(days=2)) - 1_000
    assert (margin["type"], futures["type"]) == ("margin", "futures")
    assert margin["updateTime"] == futures["updateTime"] == label
    # What is booked at the midnight that ends the day belongs to the next one.
    held = world.holdings(world.accounts[MASTER].uid, "cross_margin", START + timedelta(days=2))
    rows = {row["asset"]: row for row in margin["data"]["userAssets"]}
    assert set(rows) == {"USDT", "USDC"}
    owed = rows["USDC"]
    assert Decimal(owed["borrowed"]) == held["USDC"].loan > 0
    assert Decimal(owed["interest"]) == held["USDC"].interest > 0
    assert Decimal(owed["netAsset"]) == held["USDC"].net
    assert Decimal(rows["USDT"]["free"]) == 500
    assert Decimal(margin["data"]["marginLevel"]) > 1
    assert futures["data"]["position"] == []
    assert futures["data"]["assets"] == [
        {"asset": "USDT", "marginBalance": "40.50000000", "walletBalance": "40.50000000"}
    ]
    assert last("SPOT", OTHERS) is not None
    assert last("MARGIN", OTHERS) is None
    assert last("FUTURES", OTHERS) is None


def test_the_overview_of_wallets_takes_debts_off(world: BinanceWorld) -> None:
    call = call_of(world, quoteAsset="USDT", needBalanceDetail=True)
    rows = {row["walletName"]: row for row in wallet_balance(call)}
    held = world.holdings(call.account.uid, "cross_margin", NOW)["USDC"]
    in_usdt = 500 + worth("USDC", held.net, "USDT")
    assert Decimal(rows["Cross Margin"]["balance"]) == in_usdt
    assert rows["USDⓈ-M Futures"]["balance"] == "40.5"
    assert [row["free"] for row in rows["USDⓈ-M Futures"]["assetBalances"]] == ["40.5"]
    assert rows["Isolated Margin"] == {
        "activate": True,
        "balance": "0",
        "walletName": "Isolated Margin",
        "assetBalances": [],
    }


def test_pages_are_numbered_from_one(world: BinanceWorld) -> None:
    call = call_of(world)
    rows = list(range(25))
    assert [call.paged(rows, page, 10) for page in (1, 3, 4)] == [rows[:10], rows[20:], []]


def test_a_window_may_be_mandatory_have_other_names_and_another_refusal(
    world: BinanceWorld,
) -> None:
    names = ("beginTime", "lastTime")
    begin, last = (wire.milliseconds(START + timedelta(days=day)) for day in (0, 8))
    with pytest.raises(Refusal, match="lastTime"):
        call_of(world, beginTime=begin).window(None, names=names)
    call = call_of(world, beginTime=begin, lastTime=last)
    assert call.window(None, names=names) == (START, START + timedelta(days=8))
    with pytest.raises(Refusal, match="-3003"):
        call.window(None, 7, names=names, too_wide=lambda _: refusals.not_opened("margin"))
    assert call.oldest(timedelta(days=2)) == START + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("product", "status", "code"),
    [
        ("margin", 400, -3003),
        ("futures", 401, -2015),
        ("options", 401, -2015),
        ("portfolio_margin", 400, -21001),
    ],
)
def test_a_face_of_a_product_is_closed_to_accounts_without_it(
    product: Product, status: int, code: int
) -> None:
    emulation = Emulation(VenueClock(NOW, held=True), limits_factor=Decimal(1))
    emulation.add_world(7, START, DAYS)
    face = Face("GET", "/papi/v1/thing", lambda _: [], PAPI, 5, (*WINDOW, *PAGE), product=product)
    gate = Gate(emulation, (face,))

    def ask(position: int) -> Answer:
        key = emulation.worlds["w0"].binance.credentials()[position]
        query = f"timestamp={wire.milliseconds(NOW)}"
        signature = hmac.new(key["api_secret"].encode(), query.encode(), hashlib.sha256).hexdigest()
        signed = f"{query}&signature={signature}"
        return gate.answer(Received("GET", "/papi/v1/thing", signed, "", key["api_key"]))

    refused = ask(OTHERS)
    assert (refused.status, refused.content["code"]) == (status, code)
    assert ask(MASTER).status == 200


def test_each_host_has_a_bucket_of_its_own_under_one_header() -> None:
    buckets = (SPOT, FAPI, DAPI, EAPI, PAPI)
    assert len({bucket.header for bucket in buckets}) == 1
    assert len({bucket.key("/same/path", "1") for bucket in buckets}) == len(buckets)
    assert FAPI.key("/fapi/v1/income", "1") == FAPI.key("/fapi/v3/balance", "2")


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "0"),
        ("11467.6399", "11467.6399"),
        ("1E-12", "0.000000000001"),
        ("-50300000001.449111050000000001", "-50300000001.449111050000000001"),
    ],
)
def test_a_number_on_the_wire_keeps_its_digits(amount: str, written: str) -> None:
    body = wire.body({"free": wire.Number(Decimal(amount)), "asset": "\x00币"}).decode()
    assert body == f'{{"free":{written},"asset":"\\u0000币"}}'


def test_a_wrapped_answer_counts_its_rows() -> None:
    answer = json.loads(wire.body(wire.wrapped([1, 2], 2)))
    assert answer == {
        "code": "000000",
        "message": "success",
        "data": [1, 2],
        "total": 2,
        "success": True,
    }
    assert "total" not in wire.wrapped([])
    assert wire.wrapped([], code="900000", success=False)["code"] == "900000"
