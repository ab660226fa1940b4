"""What a log line may hold."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from auth_service import logs

SECRET = "Zk3" * 21 + "q"  # 64 letters and digits, as a venue's key has.


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure()
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def written(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    [line] = capsys.readouterr().err.splitlines()
    event: dict[str, object] = json.loads(line)
    return event


def test_a_field_nobody_listed_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("request", status=200, body="code 123456", otp="123456")
    assert set(written(capsys)) == {"event", "level", "timestamp", "status"}


def test_what_looks_like_a_secret_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("data_source_refused", reason=f"key {SECRET}")
    assert written(capsys)["reason"] == "key ***"


def test_a_line_stays_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("request", route='x\n{"event": "fake"}\u2028')
    assert written(capsys)["event"] == "request"


def test_a_librarys_traceback_is_told_without_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        raise ValueError(SECRET)  # noqa: TRY301 -- the text of the error is what is tested.
    except ValueError:
        logging.getLogger("uvicorn.error").exception("failed in %s", "a library")
    event = written(capsys)
    assert (event["error_type"], event["message"]) == ("ValueError", "failed in a library")
    assert SECRET not in json.dumps(event)
    assert "test_logs.py" in str(event["frames"])
