"""A reading is whole only if everything that can be compared agrees."""

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from coinfrs_pipelines.connectors.binance.positions import account_snapshots
from coinfrs_pipelines.connectors.binance.positions import capture as capture_wallet
from coinfrs_pipelines.connectors.binance.wallets import EARN_FLEXIBLE, FUNDING, SPOT
from coinfrs_pipelines.connectors.errors import Permanent, Unauthorised
from coinfrs_pipelines.connectors.fireblocks.positions import capture
from coinfrs_pipelines.connectors.http import VenueClient
from coinfrs_pipelines.connectors.positions import Reading, amount


def capture_spot(client: VenueClient) -> Reading:
    [reading] = capture_wallet(client, SPOT)
    return reading


def capture_funding(client: VenueClient) -> Reading:
    [reading] = capture_wallet(client, FUNDING)
    return reading


NOW = datetime(2026, 1, 6, 0, 0, 30, tzinfo=UTC)
NOW_MS = int(NOW.timestamp()) * 1000
MICROSECOND = timedelta(microseconds=1)
WORKSPACE = "123e4567-e89b-12d3-a456-426614174000"


def _account(**amounts: tuple[str, str]) -> bytes:
    rows = [f'{{"asset":"{a}","free":"{f}","locked":"{k}"}}' for a, (f, k) in amounts.items()]
    return f'{{"uid":1, "balances":[{",".join(rows)}]}}'.encode()


def _assets(**amounts: tuple[str, ...]) -> bytes:
    fields = ("free", "locked", "freeze", "withdrawing")
    return json.dumps(
        [{"asset": a, **dict(zip(fields, each, strict=False))} for a, each in amounts.items()]
    ).encode()


def _spot(accounts: list[bytes], assets: list[bytes]) -> Callable[[Any], Any]:
    """Answer with the readings in turn, and with the last one for ever."""

    def answer(asked: Any) -> Any:
        left = accounts if asked.path == "/api/v3/account" else assets
        return (200, left.pop(0) if len(left) > 1 else left[0])

    return answer


AGREEING = (_account(BTC=("1.50", "0.5")), _assets(BTC=("1.5", "0.50", "2", "3")))


def test_a_reading_that_agrees_with_itself_is_whole(binance: Any) -> None:
    made = binance(_spot([AGREEING[0]], [AGREEING[1]]))
    reading = capture_spot(made.client)
    assert (reading.account_type, reading.wallet) == ("SPOT", "spot")
    assert reading.is_whole
    assert reading.disagreement is None
    assert (reading.taken_at, reading.reading_ended_at) == (
        NOW,
        NOW + timedelta(milliseconds=1) - MICROSECOND,
    )
    # Two readings of two answers each, between two readings of the clock.
    assert made.venue.paths() == [
        "/api/v3/time",
        *["/api/v3/account", "/sapi/v3/asset/getUserAsset"] * 2,
        "/api/v3/time",
    ]
    assert [exchange.path for exchange in reading.exchanges] == made.venue.paths()[1:-1]


def test_balances_are_verbatim(binance: Any) -> None:
    made = binance(_spot([AGREEING[0]], [AGREEING[1]]))
    reading = capture_spot(made.client)
    expected = f'{{"account":{AGREEING[0].decode()},"user_assets":{AGREEING[1].decode()}}}'
    assert reading.balances == expected


def test_a_reading_is_bracketed_by_the_venues_own_times(binance: Any) -> None:
    ticks = iter(range(NOW_MS, NOW_MS + 10_000, 40))
    made = binance(_spot([AGREEING[0]], [AGREEING[1]]), now=lambda: next(ticks))
    reading = capture_spot(made.client)
    assert reading.taken_at == NOW
    assert reading.reading_ended_at == NOW + timedelta(milliseconds=41) - MICROSECOND


def test_movement_between_two_readings_is_read_anew(binance: Any) -> None:
    moved = _account(BTC=("9", "0.5")), _assets(BTC=("9", "0.5"))
    made = binance(_spot([AGREEING[0], moved[0]], [AGREEING[1], moved[1]]))
    reading = capture_spot(made.client)
    assert reading.is_whole
    assert '"free":"9"' in reading.balances
    assert made.venue.paths().count("/api/v3/account") == 4


def test_movement_without_end_is_not_whole_and_says_so(binance: Any) -> None:
    accounts = [_account(BTC=(str(n), "0")) for n in range(1, 9)]
    assets = [_assets(BTC=(str(n), "0")) for n in range(1, 9)]
    reading = capture_spot(binance(_spot(accounts, assets)).client)
    assert not reading.is_whole
    assert reading.disagreement == "two readings differ: BTC"


@pytest.mark.parametrize(
    ("account", "assets", "disagreement"),
    [
        (_account(BTC=("1", "0")), _assets(BTC=("2", "0")), "the lists of the wallet differ: BTC"),
        (_account(BTC=("1", "0")), _assets(), "the lists of the wallet differ: BTC"),
        (_account(), _assets(BTC=("1", "0")), "the lists of the wallet differ: BTC"),
        (_account(BTC=("1", "2")), _assets(BTC=("1", "1")), "the lists of the wallet differ: BTC"),
        (_account(BTC=("x", "0")), _assets(BTC=("1", "0")), "an amount is no number: BTC"),
        (_account(BTC=("1", "0")), _assets(BTC=("1", "0", "NaN")), "an amount is no number: BTC"),
        # Zeros and differently written numbers are the same; frozen alone is not in the account.
        (_account(ETH=("0.0", "0")), _assets(), None),
        (_account(), _assets(ETH=("0", "0", "5")), None),
        (_account(BTC=("1.0", "-0")), _assets(BTC=("1", "0.000")), None),
        # Flexible earn may be shown by the account alone.
        (_account(LDUSDT=("5", "0")), _assets(), None),
        (_account(LDO=("5", "0")), _assets(LDO=("6", "0")), "the lists of the wallet differ: LDO"),
    ],
)
def test_account_and_user_assets_must_agree(
    binance: Any, account: bytes, assets: bytes, disagreement: str | None
) -> None:
    reading = capture_spot(binance(_spot([account], [assets])).client)
    assert reading.disagreement == disagreement
    assert reading.is_whole is (disagreement is None)


def test_an_empty_wallet_is_a_whole_reading_of_zeros(binance: Any) -> None:
    reading = capture_funding(binance(lambda _: []).client)
    assert reading.is_whole
    assert (reading.wallet, reading.balances) == ("funding", '{"funding_assets":[]}')


def test_the_funding_wallet_is_read_twice(binance: Any) -> None:
    answers = [_assets(USDT=("1", "0", "0", "0")), _assets(USDT=("2", "0", "0", "0"))]
    made = binance(_spot([], [*answers, answers[1]]))
    reading = capture_funding(made.client)
    assert reading.is_whole
    assert '"2"' in reading.balances


@pytest.mark.parametrize(
    "body", [b"{}", b'[{"free":"1"}]', b"[7]", b'[{"asset":"A"},{"asset":"A"}]', b'[{"asset":7}]']
)
def test_an_answer_of_another_form_is_an_error(binance: Any, body: bytes) -> None:
    with pytest.raises(Permanent):
        capture_funding(binance(lambda _: (200, body)).client)


def test_a_refused_reading_is_the_venues_error(binance: Any) -> None:
    with pytest.raises(Unauthorised):
        capture_spot(binance(lambda _: (401, {"code": -2015, "msg": "x"})).client)


def test_a_clock_that_was_wrong_while_reading_is_not_taken_for_the_time_of_it(binance: Any) -> None:
    """An answer had to correct the clock: taken_at is what the accepted request was signed with."""
    ticks = iter([NOW_MS + 3_600_000, NOW_MS])

    def answer(asked: Any) -> Any:
        if int(asked.query["timestamp"]) > NOW_MS:
            return (400, {"code": -1021, "msg": "ahead"})
        return (200, AGREEING[0] if asked.path == "/api/v3/account" else AGREEING[1])

    reading = capture_spot(binance(answer, now=lambda: next(ticks, NOW_MS)).client)
    assert reading.taken_at == NOW
    assert reading.is_whole


def _snapshot(day: str, kind: str = "spot") -> dict[str, Any]:
    label = datetime.fromisoformat(f"{day}T23:59:59+00:00")
    return {
        "data": {"balances": [{"asset": "BTC", "free": "1.10", "locked": "0"}]},
        "type": kind,
        "updateTime": int(label.timestamp()) * 1000,
    }


def _window_of(asked: Any) -> tuple[int, int]:
    return int(asked.query["startTime"]), int(asked.query["endTime"])


def test_a_snapshot_holds_the_positions_of_the_midnight_after_its_label(binance: Any) -> None:
    made = binance(lambda _: {"code": 200, "msg": "", "snapshotVos": [_snapshot("2026-01-04")]})
    (reading,) = account_snapshots(made.client, "SPOT", NOW - timedelta(days=7), NOW)
    assert reading.taken_at == reading.reading_ended_at == datetime(2026, 1, 5, tzinfo=UTC)
    assert (reading.account_type, reading.wallet, reading.is_whole) == ("SPOT", "spot", True)
    assert json.loads(reading.balances) == _snapshot("2026-01-04")


def test_snapshots_are_asked_in_windows_below_thirty_days_and_not_beyond_a_month(
    binance: Any,
) -> None:
    made = binance(lambda _: {"code": 200, "msg": "", "snapshotVos": []})
    assert account_snapshots(made.client, "SPOT", NOW - timedelta(days=400), NOW) == []
    windows = [_window_of(asked) for asked in made.venue.asked if "Snapshot" in asked.path]
    month = int((NOW - timedelta(days=30)).timestamp()) * 1000
    day = 86_400_000
    assert windows == [(month, month + 29 * day - 1), (month + 29 * day, NOW_MS - 1)]
    assert {asked.query.get("limit") for asked in made.venue.asked[1:]} == {"30"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"code": 200, "msg": "", "snapshotVos": [_snapshot("2025-01-01")]}, Permanent),
        ({"code": 200, "msg": "", "snapshotVos": [_snapshot("2026-01-04", "margin")]}, Permanent),
        ({"code": 200, "msg": "", "snapshotVos": [{"type": "spot"}]}, Permanent),
        ({"code": 200, "msg": ""}, Permanent),
        ({"code": -2015, "msg": "inside HTTP 200"}, Unauthorised),
    ],
)
def test_a_snapshot_that_was_not_asked_for_is_an_error(
    binance: Any, answer: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        account_snapshots(binance(lambda _: answer).client, "SPOT", NOW - timedelta(days=7), NOW)


def _wallet(vault: str, asset: str, total: str, **parts: str) -> dict[str, str]:
    return {
        "vaultId": vault,
        "assetId": asset,
        "available": total,
        "total": total,
        "pending": "0",
        "frozen": "0",
        "lockedAmount": "0",
        "blockHeight": "19953092",
        **parts,
    }


def _fireblocks(
    wallets: list[list[dict[str, str]]], totals: dict[str, str], vaults: str = "01"
) -> Callable[[Any], Any]:
    def answer(asked: Any) -> Any:
        if asked.path == "/v1/workspace":
            return {"id": WORKSPACE, "name": "Desk"}
        if asked.path == "/v1/vault/accounts_paged":
            accounts = [
                {"id": vault, "name": f"vault {vault}", "hiddenOnUI": True} for vault in vaults
            ]
            return {"accounts": accounts, "paging": {}}
        if asked.path == "/v1/vault/assets":
            return [{"id": asset, "total": total} for asset, total in totals.items()]
        rows = wallets.pop(0) if len(wallets) > 1 else wallets[0]
        return {"assetWallets": rows, "paging": {"before": "", "after": ""}}

    return answer


def _by_vault(made: Any) -> dict[str, Any]:
    return {reading.account_type: reading for reading in capture(made.client, WORKSPACE)}


def test_every_vault_account_has_a_reading_also_without_wallets(fireblocks: Any) -> None:
    rows = [_wallet("0", "BTC", "1.10"), _wallet("0", "ETH", "0")]
    readings = _by_vault(fireblocks(_fireblocks([rows], {"BTC": "1.1", "ETH": "0"})))
    assert sorted(readings) == ["0", "1"]
    assert all(reading.is_whole and reading.wallet == "vault" for reading in readings.values())
    assert json.loads(readings["0"].balances) == {"asset_wallets": rows}
    assert json.loads(readings["1"].balances) == {"asset_wallets": []}
    second = timedelta(seconds=1)
    assert {r.taken_at for r in readings.values()} == {NOW}
    assert {r.reading_ended_at for r in readings.values()} == {NOW + second - MICROSECOND}


@pytest.mark.parametrize(
    ("rows", "totals", "disagreement"),
    [
        (
            [_wallet("0", "BTC", "1")],
            {"BTC": "2"},
            "the venue's total over all accounts differs: BTC",
        ),
        ([_wallet("0", "BTC", "1")], {}, "the venue's total over all accounts differs: BTC"),
        (
            [_wallet("0", "BTC", "3", available="1", pending="1")],
            {"BTC": "3"},
            "the total is not the sum of its parts: BTC",
        ),
        ([_wallet("0", "BTC", "")], {"BTC": "0"}, "an amount is no number: BTC"),
        ([_wallet("0", "BTC", "one")], {"BTC": "0"}, "an amount is no number: BTC"),
        (
            [_wallet("0", "BTC", "6", available="1", pending="2", lockedAmount="2", frozen="1")],
            {"BTC": "6.00"},
            None,
        ),
    ],
)
def test_a_wallet_must_add_up(
    fireblocks: Any, rows: list[dict[str, str]], totals: dict[str, str], disagreement: str | None
) -> None:
    readings = _by_vault(fireblocks(_fireblocks([rows], totals)))
    assert readings["0"].disagreement == disagreement
    assert readings["1"].is_whole


@pytest.mark.parametrize("told", ["3", "one"])
def test_an_asset_that_the_venue_tells_of_and_no_wallet_shows_leaves_no_account_whole(
    fireblocks: Any, told: str
) -> None:
    """Nobody can tell whose wallet it is that is not shown: it may be any account's."""
    rows = [_wallet("0", "BTC", "1")]
    readings = _by_vault(fireblocks(_fireblocks([rows], {"BTC": "1", "ETH": told})))
    assert {reading.disagreement for reading in readings.values()} == {
        "the venue tells of ETH, which no wallet shows"
    }
    assert not any(reading.is_whole for reading in readings.values())


LONG = "12345678901234567890.123456789012345678"


@pytest.mark.parametrize(
    ("rows", "totals", "disagreement"),
    [
        (
            [_wallet("0", "X", LONG), _wallet("1", "X", "0.000000000000000001")],
            {"X": "12345678901234567890.123456789012345679"},
            None,
        ),
        (
            [_wallet("0", "X", LONG), _wallet("1", "X", "0.000000000000000001")],
            {"X": LONG},
            "the venue's total over all accounts differs: X",
        ),
        (
            [_wallet("0", "X", LONG, pending="0.000000000000000001")],
            {"X": LONG},
            "the total is not the sum of its parts: X",
        ),
        # No sum tells all their digits; nothing is believed, and nothing fails.
        (
            [_wallet("0", "X", "1e9999"), _wallet("1", "X", "1")],
            {"X": "1e9999"},
            "the venue's total over all accounts differs: X",
        ),
    ],
)
def test_sums_are_exact_to_the_last_of_any_number_of_digits(
    fireblocks: Any, rows: list[dict[str, str]], totals: dict[str, str], disagreement: str | None
) -> None:
    readings = _by_vault(fireblocks(_fireblocks([rows], totals)))
    assert readings["0"].disagreement == disagreement


def test_positions_of_one_asset_are_summed_exactly_before_two_readings_are_compared(
    binance: Any,
) -> None:
    """The last of 38 digits moves between the two, again and again."""
    moving = itertools.count(1)

    def answer(_: Any) -> Any:
        small = f"0.{next(moving):018d}"
        amounts = ({"totalAmount": LONG}, {"totalAmount": small})
        rows = [{"asset": "X", "collateralAmount": "0"} | told for told in amounts]
        return {"rows": rows, "total": 2}

    [reading] = capture_wallet(binance(answer).client, EARN_FLEXIBLE)
    assert reading.disagreement == "two readings differ: X"


def test_only_the_accounts_whose_wallets_move_are_not_whole(fireblocks: Any) -> None:
    passes = [
        [_wallet("0", "BTC", str(number)), _wallet("1", "ETH", "5")] for number in range(1, 99)
    ]
    readings = _by_vault(fireblocks(_fireblocks(passes, {"BTC": "6", "ETH": "5"})))
    assert readings["0"].disagreement == "two readings differ: BTC"
    assert readings["1"].is_whole


def test_of_an_asset_that_moved_only_its_own_wallets_are_read_again(fireblocks: Any) -> None:
    """A large workspace moves all the time: its 50,000 wallets are not read anew for one."""
    passes = [
        [_wallet("0", "BTC", "1"), _wallet("1", "ETH", "5")],
        [_wallet("0", "BTC", "2"), _wallet("1", "ETH", "5")],
        [_wallet("0", "BTC", "2")],
    ]
    made = fireblocks(_fireblocks(passes, {"BTC": "2", "ETH": "5"}))
    readings = _by_vault(made)
    assert all(reading.is_whole for reading in readings.values())
    assert json.loads(readings["0"].balances)["asset_wallets"][0]["total"] == "2"
    assert json.loads(readings["1"].balances)["asset_wallets"][0]["total"] == "5"
    asked = [a.query.get("assetId") for a in made.venue.asked if "asset_wallets" in a.path]
    assert asked == [None, None, "BTC"]


def test_a_wallet_that_appears_between_two_passes_is_read_anew(fireblocks: Any) -> None:
    passes = [[], [_wallet("0", "BTC", "1")]]
    readings = _by_vault(fireblocks(_fireblocks(passes, {"BTC": "1"})))
    assert readings["0"].is_whole


def test_the_positions_of_another_workspace_are_not_taken(fireblocks: Any) -> None:
    made = fireblocks(_fireblocks([[]], {}))
    with pytest.raises(Permanent, match="another workspace"):
        capture(made.client, "another")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("50300000001.44911105", Decimal("50300000001.44911105")),
        ("1e-18", Decimal("1e-18")),
        (2**63, Decimal(2**63)),
        (None, Decimal(0)),
        ("", Decimal(0)),
        ("NaN", None),
        ("Infinity", None),
        ("x", None),
        (True, None),
        ([], None),
    ],
)
def test_an_amount_is_exact_or_none(told: Any, expected: Decimal | None) -> None:
    assert amount(told) == expected
