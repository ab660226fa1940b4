"""The least that an account costs is section E of the reference, and what is read by design."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from coinfrs_pipelines.connectors.binance.auth import CLOCK_AGE_SECONDS_MAX
from coinfrs_pipelines.connectors.binance.wallets import SNAPSHOT_WALLETS, WALLETS
from coinfrs_pipelines.rehearsal.economy import Bucket, _by_bucket
from coinfrs_pipelines.rehearsal.minimum import Account, Line, Rows, lines

NOW = datetime(2026, 1, 10, tzinfo=UTC)
DAY = Account(S=18, I=1, T=28, N=2, P=6, A=4, days=1, seconds=0)
YEAR = Account(S=18, I=1, T=28, N=2, P=6, A=4, days=365, seconds=0)


def least(account: Account, rows: Mapping[str, Sequence[Rows]] | None = None) -> dict[str, Line]:
    return {line.name: line for line in lines(account, rows or {}, NOW)}


def hourly(count: int) -> list[datetime]:
    return [NOW - timedelta(hours=number + 1) for number in range(count)]


def test_a_day_is_one_answer_of_each_kind_and_by_design_some_are_two() -> None:
    found = least(DAY)
    assert {name: line.of_reference for name, line in found.items() if line.of_reference > 1} == {
        "account_snapshots": 3,
        "spot_trades": 18,
        "allocations": 18,
        "pm_margin_trades": 6,
        "pm_margin_loans": 4,
        "pm_margin_repays": 4,
        "asset_transfers": 28,
        "universal_transfers": 3,
        "custody_transfers": 2,
        "nft_transactions": 5,
        "fiat_orders": 2,
        "fiat_payments": 2,
        "c2c_orders": 2,
        "margin_capital_flows": 2,
        "margin_interests": 2,
        "margin_borrow_repays": 4,
        "margin_transfers": 2,
        "key_kind": 2,
    }
    assert (found["account"].at_least, found["deposits"].at_least) == (2, 1)
    assert (found["withdrawals"].at_least, found["conversions"].at_least) == (2, 4)
    assert all(line.notes for line in found.values() if line.at_least > line.of_reference)


def test_a_year_is_its_windows_as_far_back_as_the_venue_keeps() -> None:
    found = least(YEAR)
    assert found["dividends"].of_reference == 3
    assert found["rebates"].of_reference == 13
    assert found["margin_capital_flows"].of_reference == 15 * 2
    assert found["spot_trades"].at_least == 18


def test_orders_are_read_once_of_an_account_that_is_of_no_trade_group() -> None:
    of_day, of_year = least(DAY)["spot_orders"], least(YEAR)["spot_orders"]
    assert (of_day.at_least, of_year.of_reference, of_year.at_least) == (0, 0, 18)
    assert of_year.notes


def test_rows_cost_the_answers_that_hold_them() -> None:
    rows = hourly(240)
    found = least(YEAR, {"flexible_earn_rewards": [Rows("", rows)]})
    assert found["flexible_earn_rewards"].at_least == 14 + 2
    paged = {"margin_interests": [Rows("", rows)]}
    more = least(YEAR, paged)["margin_interests"].at_least
    # 72 of them lie in the last window of 29 days, 168 in the one before.
    assert more - least(YEAR)["margin_interests"].at_least == 1
    trades = {"spot_trades": [Rows("BTCUSDT", hourly(2000))]}
    assert least(YEAR, trades)["spot_trades"].at_least == 18 + 2


def test_the_clock_is_asked_around_captures_and_when_its_time_is_too_old_to_sign() -> None:
    idle = least(DAY)["clock"].at_least
    assert idle == 2 * (len(WALLETS) + 1) + len(SNAPSHOT_WALLETS) + 1
    busy = replace(DAY, seconds=3 * CLOCK_AGE_SECONDS_MAX + 1)
    assert least(busy)["clock"].at_least == idle + 3


def test_the_proof_of_the_key_is_in_both_columns() -> None:
    found = least(DAY)
    for name in ("key_restrictions", "key_account"):
        assert found[name].of_reference == found[name].at_least > 0
    # The list of sub-accounts tells no total: it ends with an empty page.
    assert (found["key_kind"].of_reference, found["key_kind"].at_least) == (2, 3)


def test_a_path_that_the_minimum_does_not_know_is_not_economical() -> None:
    spent = [("GET", "/sapi/v1/unknown", 2, 20, 0)]
    [*_, unknown] = _by_bucket(list(least(DAY).values()), spent)
    assert (unknown.weight, unknown.at_least, unknown.ratio) == (20, 0, None)
    assert not unknown.is_economical


def test_a_bucket_that_spends_more_than_its_share_is_not_economical() -> None:
    assert Bucket("one", 6, 120, 100, 100, ()).is_economical
    spent = Bucket("one", 7, 121, 100, 100, ())
    assert not spent.is_economical
    assert spent.ratio == Decimal("1.21")
