"""Every stream and reading of Binance over the emulator's wire, compared with the world's truth."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance import permissions
from coinfrs_pipelines.connectors.binance.positions import account_snapshots
from coinfrs_pipelines.connectors.binance.positions import capture as capture_wallet
from coinfrs_pipelines.connectors.binance.streams import capital, reference, spot, transfers
from coinfrs_pipelines.connectors.binance.wallets import FUNDING, SPOT
from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, Unauthorised, WalkNotProven
from coinfrs_pipelines.connectors.http import VenueClient
from coinfrs_pipelines.connectors.positions import Reading
from coinfrs_pipelines.connectors.streams import Stream, Whole
from coinfrs_pipelines.connectors.walks import Walk, walk


def capture_spot(client: VenueClient) -> Reading:
    [reading] = capture_wallet(client, SPOT)
    return reading


def capture_funding(client: VenueClient) -> Reading:
    [reading] = capture_wallet(client, FUNDING)
    return reading


START = datetime(2026, 1, 5, tzinfo=UTC)
NOW = START + timedelta(days=9, minutes=5)
BEGIN = START - timedelta(days=200)

History = Callable[[Any, int], list[Any]]
UIDS = (354000001, 354000002, 354000003)


def _found(result: Walk) -> Counter[str]:
    return Counter(record.source_raw_id for page in result.pages for record in page.records)


def _of(history: Any, kind: str, uid: int, *, field: str = "uid") -> list[Any]:
    return [record for record in getattr(history, kind) if getattr(record, field) == uid]


def _trades(running: Any, position: int, symbol: str) -> Counter[str]:
    trades = _of(running.world.binance.history, "trades", UIDS[position])
    return Counter(
        f"{t.symbol}:{t.trade_id}:{str(t.is_buyer).lower()}" for t in trades if t.symbol == symbol
    )


def _small(stream: Stream, page_size: int) -> Stream:
    """Make pages small, so that a world of a few days has many."""
    assert stream.style is not None
    assert not isinstance(stream.style, Whole)
    return replace(stream, style=replace(stream.style, page_size=page_size))


def _scopes(running: Any, stream: Stream) -> tuple[str, ...]:
    if stream.scope_rule == "fixed":
        return stream.scopes
    if stream.scope_rule == "emails":
        emails = [a.email for a in running.world.binance.accounts if not a.is_master]
        return ("", *emails)
    return ("",)


def _walked(running: Any, position: int, stream: Stream) -> Counter[str]:
    client = running.binance(position)
    found: Counter[str] = Counter()
    for scope in _scopes(running, stream):
        result = walk(client, stream, scope=scope, start=BEGIN, end=NOW)
        assert (result.proven_from, result.proven_to) == (BEGIN, NOW)
        found += _found(result)
    return found


def _deposits(history: Any, position: int) -> list[str]:
    return [d.record_id for d in _of(history, "deposits", UIDS[position])]


def _withdrawals(history: Any, position: int) -> list[str]:
    return [w.record_id for w in _of(history, "withdrawals", UIDS[position])]


def _wallet_transfers(history: Any, position: int) -> list[str]:
    # Those with an isolated pair are told by margin/transfer.
    own = _of(history, "wallet_transfers", UIDS[position])
    return [str(t.tran_id) for t in own if t.kind in transfers.TRANSFER_TYPES]


def _family_transfers(history: Any, _position: int) -> list[str]:
    return [str(t.tran_id) for t in history.family_transfers]


def _own_transfers(history: Any, position: int) -> list[str]:
    uid = UIDS[position]
    return [str(t.tran_id) for t in history.family_transfers if uid in {t.source_uid, t.target_uid}]


WINDOWED = [
    (capital.DEPOSITS, 0, _deposits),
    (capital.DEPOSITS, 1, _deposits),
    (capital.WITHDRAWALS, 0, _withdrawals),
    (transfers.ASSET_TRANSFERS, 0, _wallet_transfers),
    (transfers.ASSET_TRANSFERS, 2, _wallet_transfers),
    (transfers.UNIVERSAL_TRANSFERS, 0, _family_transfers),
    (transfers.SUB_ACCOUNT_TRANSFERS, 1, _own_transfers),
    (transfers.SUB_ACCOUNT_TRANSFERS, 2, _own_transfers),
]
windowed = pytest.mark.parametrize(("stream", "position", "truth"), WINDOWED)


@windowed
@pytest.mark.parametrize("page_size", [None, 2])
def test_a_stream_is_walked_to_the_worlds_truth(
    emulator: Any, stream: Stream, position: int, truth: History, page_size: int | None
) -> None:
    running = emulator()
    small = stream if page_size is None else _small(stream, page_size)
    expected = Counter(truth(running.world.binance.history, position))
    assert expected, "the world has none: the test would prove nothing"
    assert _walked(running, position, small) == expected


@windowed
def test_repeated_pages_change_nothing(
    emulator: Any, stream: Stream, position: int, truth: History
) -> None:
    """A page that comes again is read again; a list that shifted brings rows twice."""
    running = emulator()
    running.fault(kind="repeat_page", path=stream.path, requests=1)
    found = _walked(running, position, _small(stream, 2))
    assert found == Counter(truth(running.world.binance.history, position))
    running.fault(kind="repeat_page", path=stream.path, requests=1000, rows=1)
    found = _walked(running, position, _small(stream, 3))
    assert found == Counter(truth(running.world.binance.history, position))


@pytest.mark.parametrize("page_size", [1000, 3])
def test_spot_trades_are_walked_by_id(emulator: Any, page_size: int) -> None:
    running = emulator()
    stream = _small(spot.SPOT_TRADES, page_size)
    traded = {t.symbol for t in running.world.binance.history.trades}
    assert traded
    for position in range(3):
        client = running.binance(position)
        for symbol in traded:
            result = walk(client, stream, scope=symbol)
            assert _found(result) == _trades(running, position, symbol)
            assert (result.proven_from, result.proven_to) == (None, NOW)


def test_spot_trades_resume_at_a_known_id(emulator: Any) -> None:
    running = emulator()
    client = running.binance(0)
    trades = running.world.binance.history.trades
    symbol = next(trade.symbol for trade in trades if trade.uid == UIDS[0])
    everything = walk(client, spot.SPOT_TRADES, scope=symbol)
    records = [record for page in everything.pages for record in page.records]
    middle = records[len(records) // 2]
    known = payloads.read(middle.payload)["id"]
    rest = walk(client, spot.SPOT_TRADES, scope=symbol, start=middle.occurred_at, from_id=known)
    assert list(_found(rest)) == [r.source_raw_id for r in records[len(records) // 2 :]]
    assert rest.proven_from == middle.occurred_at


def test_a_page_of_trades_that_begins_early_is_no_contradiction(emulator: Any) -> None:
    running = emulator()
    symbol = running.world.binance.history.trades[0].symbol
    running.fault(kind="repeat_page", path="/api/v3/myTrades", requests=1000, rows=2)
    result = walk(running.binance(0), _small(spot.SPOT_TRADES, 4), scope=symbol)
    assert _found(result) == _trades(running, 0, symbol)


def test_a_symbol_that_is_not_listed_is_permanent(emulator: Any) -> None:
    with pytest.raises(Permanent) as caught:
        walk(emulator().binance(0), spot.SPOT_TRADES, scope="NOSUCH")
    assert caught.value.code == "-1121"


def test_reference_lists_are_walked_whole(emulator: Any) -> None:
    running = emulator()
    client = running.binance(0)
    subs = walk(client, reference.SUB_ACCOUNTS)
    assert _found(subs) == {str(uid): 1 for uid in UIDS[1:]}
    one_by_one = walk(client, _small(reference.SUB_ACCOUNTS, 1))
    assert _found(one_by_one) == _found(subs)
    symbols = walk(client, reference.SYMBOLS)
    (record,) = [record for page in symbols.pages for record in page.records]
    assert record.source_raw_id == "exchange_info"
    assert {"symbol", "status", "baseAsset"} <= json.loads(record.payload)[0].keys()
    assert [["TRD_GRP_004"]] in [row["permissionSets"] for row in json.loads(record.payload)]
    assert record.payload.encode() in symbols.pages[0].exchange.body


@pytest.mark.parametrize(
    ("stream", "position"),
    [
        (reference.SUB_ACCOUNTS, 1),
        (transfers.UNIVERSAL_TRANSFERS, 1),
        (transfers.SUB_ACCOUNT_TRANSFERS, 0),
    ],
)
def test_what_the_account_cannot_have_is_not_enabled(
    emulator: Any, stream: Stream, position: int
) -> None:
    with pytest.raises(NotEnabled):
        walk(emulator().binance(position), stream, scope="", start=BEGIN, end=NOW)


def test_a_revoked_key_is_unauthorised(emulator: Any) -> None:
    running = emulator()
    credential = running.credentials("binance")[0]
    running.fault(kind="revoke_key", api_key=credential["api_key"])
    with pytest.raises(Unauthorised):
        walk(running.connect(credential), capital.DEPOSITS, start=BEGIN, end=NOW)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http_5xx", "path": "/sapi/v1/capital/deposit/hisrec", "requests": 3},
        {"kind": "http_429", "path": "/sapi/v1/capital/deposit/hisrec", "requests": 2},
        {"kind": "http_429", "requests": 2, "retry_after": 0},
        {"kind": "http_5xx", "path": "/api/v3/time", "requests": 2, "status": 502},
        {"kind": "clock_skew", "milliseconds": 90_000},
        {"kind": "clock_skew", "milliseconds": -90_000},
    ],
)
def test_flaky_transport_and_a_skewed_clock_change_nothing(
    emulator: Any, fault: dict[str, Any]
) -> None:
    running = emulator()
    client = running.binance(0)
    running.fault(**fault)
    result = walk(client, capital.DEPOSITS, start=BEGIN, end=NOW)
    expected = Counter(_deposits(running.world.binance.history, 0))
    assert (_found(result), result.proven_to) == (expected, NOW)


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
def test_what_the_reference_leaves_open_changes_nothing(emulator: Any, order: str) -> None:
    options = {"binance": {"list_order": order, "deposit_times_in_seconds": True}}
    running = emulator(options=options)
    for stream, position, truth in WINDOWED:
        found = _walked(running, position, _small(stream, 2))
        assert found == Counter(truth(running.world.binance.history, position))


def test_a_walk_before_the_end_of_the_world_sees_only_the_past(emulator: Any) -> None:
    half = START + timedelta(days=4)
    running = emulator(half)
    result = walk(running.binance(0), capital.DEPOSITS, start=BEGIN, end=NOW)
    assert result.proven_to == half
    told = [record.occurred_at for page in result.pages for record in page.records]
    assert told
    assert all(instant is not None and instant < half for instant in told)


def _balances(running: Any, position: int, wallet: str, at: datetime) -> dict[str, Decimal]:
    """Return what the world says is in a wallet, in all its states together."""
    return {
        cell.asset: amount
        for cell, amount in running.world.binance.positions(at).items()
        if (cell.account_ref, cell.wallet) == (str(UIDS[position]), wallet)
        if cell.component == "balance" and amount
    }


def _summed(rows: list[dict[str, Any]]) -> dict[str, Decimal]:
    states = ("free", "locked", "freeze")
    summed = {row["asset"]: sum(Decimal(row[state]) for state in states) for row in rows}
    return {asset: Decimal(amount) for asset, amount in summed.items() if amount}


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_held_capture_is_whole_and_the_worlds_truth(emulator: Any, position: int) -> None:
    running = emulator()
    client = running.binance(position)
    spot, funding = capture_spot(client), capture_funding(client)
    for reading in (spot, funding):
        assert reading.is_whole, reading.disagreement
        ended = NOW + timedelta(milliseconds=1) - timedelta(microseconds=1)
        assert (reading.taken_at, reading.reading_ended_at) == (NOW, ended)
    seen = _summed(json.loads(spot.balances)["user_assets"])
    assert seen == _balances(running, position, "spot", NOW)
    seen = _summed(json.loads(funding.balances)["funding_assets"])
    assert seen == _balances(running, position, "funding", NOW)


def test_a_running_capture_is_bracketed_by_the_venues_clock(emulator: Any) -> None:
    running = emulator(held=False)
    before = running.emulation.clock.now()
    reading = capture_spot(running.binance(0))
    after = running.emulation.clock.now()
    assert reading.is_whole, reading.disagreement
    assert before <= reading.taken_at < reading.reading_ended_at
    assert reading.reading_ended_at <= after + timedelta(milliseconds=1)
    assert reading.taken_at.microsecond % 1000 == 0


def test_a_running_walk_is_proven_to_its_end(emulator: Any) -> None:
    running = emulator(held=False)
    client = running.binance(0)
    client.refresh_clock()
    end = client.venue_now
    result = walk(client, capital.DEPOSITS, start=BEGIN, end=end)
    assert result.proven_to == end


def test_snapshots_are_readings_of_the_midnight_after_their_day(emulator: Any) -> None:
    running = emulator()
    running.fault(kind="missing_snapshot", account_ref=str(UIDS[0]), day="2026-01-08")
    readings = account_snapshots(running.binance(0), "SPOT", START, NOW)
    midnights = [START + timedelta(days=number) for number in range(1, 10)]
    midnights.remove(datetime(2026, 1, 9, tzinfo=UTC))
    assert [reading.taken_at for reading in readings] == midnights
    for reading in readings:
        assert reading.is_whole
        shown = json.loads(reading.balances)["data"]["balances"]
        # Flexible earn shows too, and is no part of the spot wallet; LDO is a coin.
        rows = [
            row | {"freeze": "0"}
            for row in shown
            if row["asset"] == "LDO" or not row["asset"].startswith("LD")
        ]
        assert _summed(rows) == _balances(running, 0, "spot", reading.taken_at)


@pytest.mark.parametrize(
    ("position", "kind"), [(0, "master"), (1, "sub_account"), (2, "sub_account")]
)
def test_a_reading_key_is_proven_read_only(emulator: Any, position: int, kind: str) -> None:
    running = emulator()
    proof = permissions.prove_read_only(running.binance(position))
    assert (proof.account_ref, proof.account_kind) == (str(UIDS[position]), kind)


@pytest.mark.parametrize(
    "permission",
    ["enableWithdrawals", "enableSpotAndMarginTrading", "permitsUniversalTransfer"],
)
def test_a_key_that_may_do_more_is_refused(emulator: Any, permission: str) -> None:
    running = emulator()
    credential = running.world.binance.add_key(
        {"account_ref": str(UIDS[0]), "permissions": {permission: True}}
    )
    with pytest.raises(permissions.NotReadOnly) as caught:
        permissions.prove_read_only(running.connect(credential))
    assert caught.value.reason == "may_write"
    assert permission in str(caught.value)


def test_a_wrong_secret_is_refused(emulator: Any) -> None:
    running = emulator()
    credential = running.credentials("binance")[0] | {"api_secret": "x" * 64}
    with pytest.raises(permissions.NotReadOnly) as caught:
        permissions.prove_read_only(running.connect(credential))
    assert caught.value.reason == "unauthorised"


def test_the_declared_weights_are_what_the_venue_counts(emulator: Any) -> None:
    """One request of each endpoint; the venue's own counters grow by what is declared."""
    running = emulator()
    counted: dict[str, int] = {}

    class Budget:
        def acquire(self, bucket: Any, weight: int, _now: datetime) -> float:
            counted[bucket.name] = counted.get(bucket.name, 0) + weight
            return 0

        def report(self, bucket: Any, used: int, _now: datetime) -> None:
            reported[bucket.name] = used

    reported: dict[str, int] = {}
    for position in (0, 1):
        client = running.binance(position)
        client._budget = Budget()  # noqa: SLF001 -- it is watched, not replaced in production.
        counted["spot-ip"] = counted.get("spot-ip", 0) + 1  # The first reading of the clock.
        client.refresh_clock()
        capture_spot(client)
        capture_funding(client)
        account_snapshots(client, "SPOT", NOW - timedelta(days=3), NOW)
        walk(client, reference.SYMBOLS)
        walk(client, spot.SPOT_TRADES, scope="BTCUSDT")
        for stream in (capital.DEPOSITS, capital.WITHDRAWALS, transfers.ASSET_TRANSFERS):
            scope = stream.scopes[0] if stream.scopes else ""
            walk(client, stream, scope=scope, start=NOW - timedelta(days=3), end=NOW)
    by_ip = {name: used for name, used in counted.items() if "account" not in name}
    assert {name: reported[name] for name in by_ip} == by_ip
    assert reported["sapi-account-second:/sapi/v1/capital/withdraw/history"] == 18_000


def test_no_request_of_a_fault_free_walk_is_refused(emulator: Any) -> None:
    running = emulator()
    for position in range(3):
        client = running.binance(position)
        capture_spot(client)
        walk(client, capital.DEPOSITS, start=BEGIN, end=NOW)
    assert {exchange.status for exchange in running.exchanges} == {200}
    assert not [e for e in running.exchanges if "signature" in e.query or "timestamp" in e.query]


def test_an_unread_stream_cannot_be_walked(emulator: Any) -> None:
    cards = Stream(name="cards", venue="binance", wallets=("funding",), is_read=False)
    client = emulator().binance(0)
    with pytest.raises(ValueError, match="not read"):
        walk(client, cards, start=BEGIN, end=NOW)


def test_a_row_dropped_from_one_answer_of_several_is_noticed_by_the_total(emulator: Any) -> None:
    """The venue counts what it does not show: the walk is read again, and then proven."""
    running = emulator()
    transfer = _of(running.world.binance.history, "wallet_transfers", UIDS[0])[0]
    path = transfers.ASSET_TRANSFERS.path
    running.fault(kind="drop_row", event_id=transfer.event_id, path=path, requests=1)
    try:
        found = _walked(running, 0, _small(transfers.ASSET_TRANSFERS, 1))
    except WalkNotProven:
        return
    assert set(found) <= set(_wallet_transfers(running.world.binance.history, 0))
