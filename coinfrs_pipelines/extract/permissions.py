"""Prove every key read-only again, daily, before anything is read with it.

A key that may do more by now is disabled with the reason, and its credential destroyed. One of
which nothing could be proven stays, for its venue may be down; the check says so until it is. What
was probed and answered is kept in `registry.permission_proofs` either way. What a proof consists of
is each venue's (`permissions.py` of the connectors).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import psycopg

from coinfrs_pipelines import registration
from coinfrs_pipelines.core import data_sources, database
from coinfrs_pipelines.core.data_sources import DataSource
from coinfrs_pipelines.core.encryption import EncryptionError, KeyWrapper
from coinfrs_pipelines.registration import MAY_WRITE, RegistrationRefused
from coinfrs_pipelines.resources import Installation

ROLE: database.Role = "coinfrs_registry"
KEY = dg.AssetKey(["registry", "permission_proofs"])
CHECK = "every_key_may_only_read"
# Runs begin a little earlier or later from day to day, and a retry of the day proves nothing anew.
PROVEN_FOR = timedelta(hours=20)
AT_ONCE_MAX = 8


@dataclass(frozen=True)
class Refused:
    """A key that was not proven read-only, and why."""

    data_source: DataSource
    reason: str
    detail: str
    retry_later: bool = False


@dg.asset(
    key=KEY,
    description="A proof of every key that it may only read, not older than a day: what was probed "
    "and what it answered. A key that may do more is disabled.",
    group_name="registry",
    kinds={"postgres", "python"},
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=KEY,
            description="Every registered key was shown within a day that it may only read.",
        )
    ],
)
def permission_proofs(
    context: dg.AssetExecutionContext, installation: Installation
) -> Iterator[Any]:
    """Prove the keys whose last proof is a day old."""
    with _connect() as connection:
        due = data_sources.proven_before(connection, datetime.now(UTC) - PROVEN_FOR)
    refused = prove(due, installation) if due else []
    for each in refused:
        context.log.error("%s: %s (%s)", each.data_source.name, each.detail, each.reason)
    shown = {"keys": dg.MetadataValue.table(list(_rows(refused)))} if refused else {}
    is_news = any(not each.retry_later for each in refused)
    severity = dg.AssetCheckSeverity.ERROR if is_news else dg.AssetCheckSeverity.WARN
    check = dg.AssetCheckResult(
        check_name=CHECK, passed=not refused, severity=severity, metadata=shown
    )
    proven = len(due) - len(refused)
    yield dg.MaterializeResult(metadata={"proven": proven, **shown}, check_results=[check])


def prove(due: list[DataSource], installation: Installation) -> list[Refused]:
    """Prove keys, some at once; keep what was answered and return those that were not proven."""
    keyring = installation.keyring()
    with ThreadPoolExecutor(AT_ONCE_MAX) as threads:
        found = threads.map(lambda data_source: _prove(data_source, keyring), due)
        return [refused for refused in found if refused is not None]


def _prove(data_source: DataSource, keyring: KeyWrapper) -> Refused | None:
    try:
        registration.validate(_connect, keyring, data_source)
    except data_sources.NotRegistered:
        return None  # It was disabled a moment ago.
    except EncryptionError as error:
        return Refused(data_source, "unreadable", str(error))
    except RegistrationRefused as refusal:
        return Refused(data_source, refusal.reason, refusal.detail, refusal.retry_later)
    return None


def _connect() -> psycopg.Connection:
    return database.connect(ROLE, autocommit=True)


def _rows(refused: list[Refused]) -> Iterator[dg.TableRecord]:
    for each in refused:
        source = each.data_source
        yield dg.TableRecord(
            {
                "data source": source.name,
                "venue": source.venue,
                "reason": each.reason,
                "detail": each.detail,
                "disabled": each.reason == MAY_WRITE,
            }
        )
