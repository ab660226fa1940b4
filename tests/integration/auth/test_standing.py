"""What the status pages read is there, as dbt builds it, in the role that they have."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy

from auth_service.web import explanations, limits, standing
from auth_service.web.standing import Span, Whose
from coinfrs_pipelines.core import database as core_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

OWNER = uuid4()
DAY = date(2026, 1, 12)
INSERT_ACCOUNTS = """
insert into canonical.accounts (
    account_id, owner_id, venue, environment, external_id, name, kind, is_in_proof, outside_reason
)
values
    (%(vault)s, %(owner)s, 'fireblocks', 'sandbox', 'w/1', 'Hot', 'vault_account', true, null),
    (%(fuel)s, %(owner)s, 'fireblocks', 'sandbox', 'w/gas', null, 'gas_station', false, 'why'),
    (%(other)s, %(stranger)s, 'binance', 'production', '77', 'Theirs', 'master', true, null)
"""
INSERT_DAYS = """
insert into completeness.wallet_days (owner_id, account_id, venue, wallet, day, cell_count,
    complete_count, broken_count, unproven_count, verdict, reasons)
values
    (%(owner)s, %(vault)s, 'fireblocks', 'vault', %(day)s, 3, 1, 0, 2, 'unproven', '{axes_differ}'),
    (%(stranger)s, %(other)s, 'binance', 'spot', %(day)s, 2, 1, 1, 0, 'broken', '{}')
"""


@pytest.fixture
def known() -> dict[str, object]:
    return {
        "owner": OWNER, "stranger": uuid4(), "vault": uuid4(), "fuel": uuid4(), "other": uuid4(),
        "day": DAY,
    }  # fmt: skip


@pytest.fixture
def reader(
    views_made: str,  # noqa: ARG001 -- the tables are dbt's.
    database: Mapping[str, str],  # noqa: ARG001 -- they are there.
    known: dict[str, object],
) -> Iterator[Connection]:
    """Return a connection of readers over dbt's tables with two owners' rows."""
    with core_database.connect("coinfrs_transform", autocommit=True) as connection:
        connection.execute(INSERT_ACCOUNTS, known)
        connection.execute(INSERT_DAYS, known)
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: core_database.connect("bi_reader")
    )
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_status_is_read_from_what_dbt_builds(
    reader: Connection, known: dict[str, object]
) -> None:
    mine, span = Whose(OWNER, []), Span(DAY - timedelta(days=13), DAY)
    assert standing.last_day(reader, mine) == DAY
    [row] = standing.source_days(reader, mine, span)
    # A source that is not registered any more is told by its account.
    assert (row.name, row.venue) == ("Hot", "fireblocks")
    assert row.days[DAY] == standing.Told("unproven", 1, 0, 2)
    [wallet] = standing.wallet_days(reader, mine, span, row.id)
    assert (wallet.name, wallet.within) == ("Hot", "vault")
    [reason] = standing.reasons(reader, mine, span)
    assert (reason.reason, reason.wallets, reason.days) == ("axes_differ", 1, 1)
    assert standing.cells(reader, mine, span, row.id, ("unproven",)) == []
    assert limits.retention(reader, mine) == []
    [outside] = limits.outside(reader, mine)
    assert (outside.account, outside.kind, outside.reason) == ("w/gas", "gas_station", "why")
    # What is shared is seen too, and nothing else of its owner.
    shared = Whose(OWNER, [known["other"]])  # type: ignore[list-item]
    assert [each.name for each in standing.source_days(reader, shared, span)] == ["Theirs", "Hot"]
    assert standing.last_day(reader, Whose(uuid4(), [])) is None


def test_every_reason_that_the_models_give_is_explained() -> None:
    """Codes stand in quotes in the models, before a colon where they name a detail."""

    models = Path(__file__).parents[3] / "dbt_project" / "models"
    given: set[str] = {"nothing_judges", "trades_by_residual"}
    for path in [*models.rglob("int_*reasons.sql"), *models.rglob("int_unread_wallets.sql")]:
        text = path.read_text()
        given |= set(re.findall(r"'([a-z_]+): ", text))
        given |= set(re.findall(r"'([a-z_]+)' as reason", text))
        given |= set(re.findall(r'": "([a-z_]+)",', text))
    assert len(given) > 12
    assert given - explanations.known_codes() == set()
