"""The check that warns of what a venue is about to forget reads dbt's table and nothing else."""

from typing import Any

import pytest

from coinfrs_pipelines.verify.retention import nothing_is_about_to_be_forgotten

TABLE = """
create table completeness.retention (
    account_id uuid, stream text, scope text, state text, unread_from timestamptz,
    forgotten_at timestamptz, days_left integer
)
"""
INSERT = """
insert into completeness.retention
select account_id, %s, %s, %s, '2026-01-01', '2026-04-01', %s from canonical.accounts
"""


@pytest.fixture
def forget(verdicts: Any) -> Any:
    verdicts.execute(TABLE)
    return lambda *row: verdicts.execute(INSERT, list(row))


def _checked() -> Any:
    """Carry out the check by itself; Dagster's types do not say what it returns then."""
    return nothing_is_about_to_be_forgotten()


def test_what_is_safe_is_no_news(forget: Any) -> None:
    forget("um_income", "", "safe", 80)
    result = _checked()
    assert result.passed
    assert "streams" not in result.metadata


def test_what_is_lost_or_soon_lost_is_named_with_the_days_that_are_left(forget: Any) -> None:
    forget("um_income", "", "at_risk", 5)
    forget("asset_transfers", "MAIN_FUNDING", "lost", -3)
    result = _checked()
    assert not result.passed
    assert (result.metadata["at_risk"].value, result.metadata["lost"].value) == (1, 1)
    shown = [record.data for record in result.metadata["streams"].records]
    assert {(row["stream"], row["days left"]) for row in shown} == {
        ("um_income", 5),
        ("asset_transfers/MAIN_FUNDING", -3),
    }
