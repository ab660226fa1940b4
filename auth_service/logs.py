"""Structured logs: one JSON object a line on standard error, made of known fields only.

A field that is not listed below is dropped, so that a body, a code or a token cannot get in by
somebody's good idea; what is left is scrubbed once more. Errors are logged by their type and where
they were raised, never by their text, which may quote what was sent.
"""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

import structlog

from coinfrs_pipelines.core.redaction import scrub

FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "logger",
        "message",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
        "user_id",
        "member_id",
        "portfolio_id",
        "account_id",
        "role",
        "session_id",
        "sign_in_method",
        "data_source_id",
        "venue",
        "environment",
        "reason",
        "error_type",
        "frames",
        "one_time_codes",
    }
)
# The last calls are where an error was raised; the first ones are always the same.
_FRAMES_MAX = 12


def configure() -> None:
    """Send this process's logs, also those of its libraries, through the list above."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _known_fields,
            structlog.processors.JSONRenderer(ensure_ascii=True),
            _scrubbed,
        ],
        logger_factory=_StandardError,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Structured()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.INFO)


def describe(error: BaseException) -> dict[str, Any]:
    """Return the fields that tell an error without its text: its type and where it was raised."""
    calls = traceback.extract_tb(error.__traceback__)[-_FRAMES_MAX:]
    return {
        "error_type": type(error).__name__,
        "frames": [f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls],
    }


class _StandardError:
    """Writes lines to whatever standard error is at the moment."""

    def __init__(self, *_: Any) -> None:
        pass

    def msg(self, line: str) -> None:
        # In one piece, end of line included: threads would come between two writes.
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


class _Structured(logging.Handler):
    """Takes the records of libraries, whose text is theirs and whose tracebacks are not kept."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the record as one of ours."""
        fields: dict[str, Any] = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            fields |= describe(record.exc_info[1])
        name = record.levelname.lower()
        log = structlog.get_logger()
        getattr(log, name if name in {"info", "warning", "error", "critical"} else "info")(
            "library_message", **fields
        )


def _known_fields(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in event.items() if name in FIELDS and value is not None}


def _scrubbed(_logger: Any, _name: str, line: Any) -> str:
    return scrub(str(line))
