"""`coinfrs run` whose very first close fails: it says why, and that nothing has a verdict yet."""

import json
from collections.abc import Callable

import pytest
from typer.testing import Result

from coinfrs_pipelines.cli import pipeline
from coinfrs_pipelines.runs import Carried

WHY = "int_intervals: division by zero"


@pytest.fixture
def _failing_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stages end at once, the close as a build does that fails before the verdicts."""

    def carried(job_name: str, *_: object) -> Carried:
        is_close = job_name == "close"
        return Carried("a run", not is_close, (WHY,) if is_close else ())

    monkeypatch.setattr(pipeline, "carry_out_with_bar", carried)


@pytest.mark.usefixtures("_failing_close")
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_first_close_that_fails_says_why_and_counts_nothing(
    coinfrs: Callable[..., Result], form: tuple[str, ...]
) -> None:
    result = coinfrs("run", "--from", "2026-01-05", "--to", "2026-01-05", *form)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert f"Failed: {WHY}" in result.stderr
    if form:
        told = json.loads(result.stdout)
        assert (told["failures"], told["counts"]) == ([WHY], None)
    else:
        assert "No day has a verdict yet" in result.stdout
