"""What was known when: a version for every change, and nothing for what stayed."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.verify.verdicts import append_versions

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)

Versions = Callable[[], list[tuple[Any, ...]]]


def record(run_id: str) -> list[date]:
    with core_database.connect("coinfrs_verify") as connection:
        return append_versions(connection, run_id)


def test_every_verdict_is_recorded_once_and_not_again_while_it_stays(
    verdicts: Any, versions: Versions
) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("ETH", TUESDAY)
    assert record("run 1") == [MONDAY, TUESDAY]
    assert record("run 2") == []
    assert [row[0] for row in versions()] == ["BTC", "ETH"]


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "broken", "observed": "2"},
        {"observed": "3.000000000000000001"},
        {"verdict": "unproven", "reasons": ("stream_not_read: dividends",)},
        {"opening": "2", "observed": "4"},
    ],
    ids=["verdict", "a number by its last digit", "reasons", "both ends alike"],
)
def test_a_change_of_the_verdict_its_numbers_or_its_reasons_is_a_new_version(
    verdicts: Any, versions: Versions, change: dict[str, Any]
) -> None:
    verdicts.judge("BTC", MONDAY)
    verdicts.judge("ETH", MONDAY)
    record("run 1")
    verdicts.judge("BTC", MONDAY, **change)
    assert record("run 2") == [MONDAY]
    [before, _, after] = versions()
    assert before[0] == after[0] == "BTC"
    assert before[2:5] != after[2:5]
    assert after[5] == "run 2"


def test_a_number_written_with_more_zeros_is_not_a_change(
    verdicts: Any, versions: Versions
) -> None:
    verdicts.judge("BTC", MONDAY, observed="3")
    record("run 1")
    verdicts.judge("BTC", MONDAY, observed="3.000")
    assert record("run 2") == []
    assert len(versions()) == 1


def test_a_cell_that_is_no_longer_there_is_a_change_recorded_once(
    verdicts: Any, versions: Versions
) -> None:
    """Its only leg was void after all; whoever saw the verdict must find what became of it."""
    verdicts.judge("BTC", MONDAY)
    record("run 1")
    verdicts.forget("BTC")
    assert record("run 2") == [MONDAY]
    assert record("run 3") == []
    assert versions()[-1][2:5] == ("unproven", None, ["no_longer_a_cell"])
    verdicts.judge("BTC", MONDAY)
    assert record("run 4") == [MONDAY]
    assert versions()[-1][2:4] == ("complete", Decimal(3))


def test_versions_can_only_be_added(verdicts: Any) -> None:
    """Insert only is a grant of the role, not a habit."""
    verdicts.judge("BTC", MONDAY)
    record("run 1")
    for statement in (
        "update completeness.verdict_versions set verdict = 'complete'",
        "delete from completeness.verdict_versions",
        "update completeness.verdicts set verdict = 'complete'",
    ):
        with (
            core_database.connect("coinfrs_verify") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)
