"""What the status pages read is there, as dbt builds it, in the role that they have."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import sqlalchemy

from auth_service.web import explanations, incomplete, limits, standing
from auth_service.web.standing import HeatRow, Registered, Span, Whose
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
INSERT_SOURCE = """
insert into canonical.data_sources (
    data_source_id, owner_id, venue, environment, name, account_ref, account_kind, created_at
)
values (
    gen_random_uuid(), %(stranger)s, 'binance', 'production', 'Their desk', '77', 'master', now()
)
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
    assert standing.known_days(reader, mine) == Span(DAY, DAY)
    [row] = standing.source_days(reader, mine, span)
    # A source that is not registered any more is told by its account.
    assert (row.name, row.venue) == ("Hot", "fireblocks")
    assert row.days[DAY] == standing.Told("unproven", 1, 0, 2)
    wallets = standing.wallet_days(reader, mine, span, row.id)
    [wallet] = wallets.shown
    assert (wallet.name, wallet.within, wallets.count) == ("Hot", "vault", 1)
    [reason] = incomplete.reasons(reader, mine, span)
    assert (reason.reason, reason.wallets, reason.days) == ("axes_differ", 1, 1)
    assert incomplete.cells(reader, mine, span, row.id, ("unproven",)) == []
    assert limits.retention(reader, mine) == []
    [outside] = limits.outside(reader, mine)
    assert (outside.account, outside.kind, outside.reason) == ("w/gas", "gas_station", "why")
    # What is shared is seen too, and nothing else of its owner.
    shared = Whose(OWNER, [known["other"]])  # type: ignore[list-item]
    assert [each.name for each in standing.source_days(reader, shared, span)] == ["Theirs", "Hot"]
    assert standing.known_days(reader, Whose(uuid4(), [])) is None


def test_a_shared_source_that_has_not_ended_has_a_row_before_it_has_a_day(
    reader: Connection, known: dict[str, object]
) -> None:
    shared = Whose(OWNER, [known["other"]])  # type: ignore[list-item]
    days_before = Span(DAY - timedelta(days=9), DAY - timedelta(days=5))
    # The account of a data source that is not registered is not waited for.
    assert standing.source_days(reader, shared, days_before) == []
    with core_database.connect("coinfrs_transform", autocommit=True) as connection:
        connection.execute(INSERT_SOURCE, known)
    [row] = standing.source_days(reader, shared, days_before)
    assert (row.name, row.has_ended, row.days) == ("Their desk", False, {})


def test_before_the_first_build_a_source_is_known_by_the_registry(
    database: Mapping[str, str],  # noqa: ARG001 -- without dbt's tables.
) -> None:
    own = Registered(uuid4(), "new", "binance")
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: core_database.connect("bi_reader")
    )
    with engine.connect() as connection:
        whose = Whose(OWNER, [], [own])
        assert standing.known_days(connection, whose, own.id) is None
        assert standing.find_source(connection, whose, own.id) == HeatRow(own.id, "new", "binance")
        assert standing.find_source(connection, whose, uuid4()) is None
    engine.dispose()


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
