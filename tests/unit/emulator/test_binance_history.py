"""For any seed a history keeps the promises that captures and verdicts rely on."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coinfrs_pipelines.emulator.binance.history import is_closing, is_midnight
from coinfrs_pipelines.emulator.binance.market import ASSETS, UNTRADED
from coinfrs_pipelines.emulator.binance.options import BinanceOptions
from coinfrs_pipelines.emulator.binance.world import BinanceWorld
from coinfrs_pipelines.emulator.ledger import EXACT, Cell

START = datetime(2026, 1, 5, tzinfo=UTC)
BY_INSTANT = attrgetter("at")


def world(seed: int, days: int = 9, index: int = 0, **options: Any) -> BinanceWorld:
    return BinanceWorld(seed, START, days, index, BinanceOptions(**options))


@given(
    seed=st.integers(0, 10**9),
    days=st.integers(1, 30),
    cancels=st.booleans(),
    freezes=st.booleans(),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_cell_is_negative_and_no_leg_lies_in_the_closing_minutes(
    *, seed: int, days: int, cancels: bool, freezes: bool
) -> None:
    made = world(seed, days, cancelled_withdrawals=cancels, freezes=freezes)
    legs = sorted((leg for event in made.ledger_events for leg in event.legs), key=BY_INSTANT)
    instants = {leg.at for leg in legs}
    assert not any(is_closing(instant) and not is_midnight(instant) for instant in instants)
    assert {leg.cell.asset for leg in legs} <= {*ASSETS, *UNTRADED}
    amounts: defaultdict[Cell, Decimal] = defaultdict(Decimal)
    for instant, together in groupby(legs, key=BY_INSTANT):
        moved = list(together)
        for leg in moved:
            amounts[leg.cell] = EXACT.add(amounts[leg.cell], leg.amount)
        assert all(amounts[leg.cell] >= 0 for leg in moved)
        assert instant.microsecond % 1_000 == 0
    for account in made.accounts:
        for wallet in ("spot", "funding"):
            for instant in sorted(instants)[::7]:
                for holding in made.holdings(account.uid, wallet, instant).values():
                    assert min(holding.free, holding.locked, holding.freeze) >= 0


def test_the_same_seed_is_the_same_history_and_another_is_not() -> None:
    assert world(7).history == world(7).history
    assert world(7).history.trades != world(8).history.trades
    assert world(7).history.trades != world(7, days=10).history.trades


def test_the_index_changes_ids_and_nothing_else() -> None:
    first, second = world(7, index=0).history, world(7, index=5).history
    assert [trade.qty for trade in first.trades] == [trade.qty for trade in second.trades]
    assert [trade.at for trade in first.trades] == [trade.at for trade in second.trades]
    assert first.trades[0].trade_id != second.trades[0].trade_id


def test_an_asset_appears_and_another_is_sold_to_zero() -> None:
    made = world(7)
    master, making, _ = made.accounts
    newcomers = [trade for trade in made.history.trades if trade.symbol == "TRXUSDT"]
    assert newcomers
    assert {trade.uid for trade in newcomers} == {master.uid}
    assert min(trade.at for trade in newcomers) > START + timedelta(days=2)
    free = [
        made.holdings(making.uid, "spot", START + timedelta(hours=hours))["DOGE"].free
        for hours in range(24 * 9)
    ]
    assert free[0] > 0
    assert 0 in free


def test_histories_have_every_kind_of_event_and_quiet_days() -> None:
    worlds = [world(seed) for seed in range(20)]
    histories = [made.history for made in worlds]
    deposits = [deposit for history in histories for deposit in history.deposits]
    assert any(deposit.credited_at is None for deposit in deposits)
    assert any(deposit.wallet == "funding" for deposit in deposits)
    assert any(deposit.amount < 10**-6 for deposit in deposits)
    withdrawals = [withdrawal for history in histories for withdrawal in history.withdrawals]
    assert {withdrawal.wallet for withdrawal in withdrawals} == {"spot", "funding"}
    assert any(w.applied_at.date() < w.ended_at.date() for w in withdrawals)
    transfers = [transfer for history in histories for transfer in history.family_transfers]
    assert {transfer.is_successful for transfer in transfers} == {True, False}
    masters = {made.master.uid for made in worlds}
    assert any({t.source_uid, t.target_uid}.isdisjoint(masters) for t in transfers)
    assert any(transfer.target_uid in masters for transfer in transfers)
    commissions = {t.commission_asset for history in histories for t in history.trades}
    assert {"BNB", "USDT", "BTC"} <= commissions
    instants = [trade.at for history in histories for trade in history.trades]
    assert any((at + timedelta(seconds=1)).date() > at.date() for at in instants)
    active = {(t.uid, t.at.date()) for history in histories for t in history.trades}
    assert len(active) < len(worlds) * 3 * 9


def test_a_withdrawal_is_in_transit_from_its_application_to_its_end() -> None:
    made = world(3)
    withdrawal = made.history.withdrawals[0]
    changes = withdrawal.event().net_changes()
    assert list(changes.values()) == [-(withdrawal.amount + withdrawal.fee)]
    assert {cell.component for cell in changes} == {"balance"}
    during = withdrawal.event().net_changes_between(
        withdrawal.applied_at, withdrawal.applied_at + timedelta(seconds=1)
    )
    assert {cell.component: amount for cell, amount in during.items()} == {
        "balance": -withdrawal.debit,
        "in_transit": withdrawal.debit,
    }


def test_a_cancelled_withdrawal_changes_nothing_in_the_end() -> None:
    worlds = [world(seed, cancelled_withdrawals=True) for seed in range(12)]
    cancelled = [w for made in worlds for w in made.history.withdrawals if w.is_cancelled]
    assert cancelled
    assert all(w.event().net_changes() == {} for w in cancelled)
