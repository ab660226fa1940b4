"""The ledger of a location group against what captures saw, and after its books change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.data_sources import account_id
from coinfrs_pipelines.transform import dbt
from coinfrs_pipelines.transform.manifest import parsed_project
from tests.scenarios.bookkeeping import read_case
from tests.scenarios.landing import Landing, register_streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("views_made")]

# Captures are taken some minutes after midnight.
CASE = """
account main master
opening 2026-01-04 spot BTC 1
opening 2026-01-04 spot USDT 5000
opening 2026-01-04 funding BTC 0.5
closing 2026-01-05 spot BTC 2.5
closing 2026-01-05 spot USDT 5000
closing 2026-01-05 funding BTC 0.5
closing 2026-01-06 spot BTC 1.25
closing 2026-01-06 spot USDT 5000
closing 2026-01-06 funding BTC 1.75
deposit 2026-01-05T10:00:00 spot BTC 1.5
transfer 2026-01-06T09:00:00 spot funding BTC 1.25
"""
ZERO, ONE_AND_A_HALF = Decimal(0), Decimal("1.5")

Row = dict[str, Any]


def one(connection: psycopg.Connection, statement: str, *values: object) -> UUID:
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def made(connection: psycopg.Connection, table: str, owner: UUID, **values: object) -> UUID:
    """Make a row of the registry and return its id."""
    values |= {"created_by": owner, "updated_by": owner}
    columns, places = ", ".join(values), ", ".join(["%s"] * len(values))
    statement = f"insert into registry.{table} ({columns}) values ({places}) returning id"
    return one(connection, statement, *values.values())


def group_of(owner: UUID) -> UUID:
    """Make a portfolio with one location group."""
    with database.connect("coinfrs_registry") as connection:
        portfolio = made(connection, "portfolios", owner, kind="company", name="Books")
        made(
            connection,
            "portfolio_members",
            owner,
            portfolio_id=portfolio,
            user_id=owner,
            role="owner",
        )
        of: dict[str, object] = {"portfolio_id": portfolio, "name": "Main"}
        entity = made(connection, "entities", owner, **of, kind="company")
        pool = made(connection, "cost_pools", owner, **of, method="average_cost")
        chart = made(
            connection, "chart_of_accounts", owner, **of, type="digital_assets", balance_code="1210"
        )
        return made(
            connection,
            "location_groups",
            owner,
            **of,
            entity_id=entity,
            cost_pool_id=pool,
            chart_of_accounts_id=chart,
        )


def map_account(owner: UUID, group: UUID, account: UUID) -> None:
    with database.connect("coinfrs_registry") as connection:
        source = one(
            connection, "select id from registry.data_sources where owner_id = %s limit 1", owner
        )
        connection.execute(
            "insert into registry.data_source_accounts"
            " (data_source_id, account_id, external_id, kind) values (%s, %s, 'main', 'master')",
            [source, account],
        )
        portfolio = one(
            connection, "select portfolio_id from registry.location_groups where id = %s", group
        )
        made(
            connection,
            "account_mappings",
            owner,
            account_id=account,
            data_source_id=source,
            portfolio_id=portfolio,
            location_group_id=group,
        )


def build() -> None:
    for _ in dbt.build(parsed_project()):
        pass


def ledger() -> dict[tuple[str, date], tuple[Decimal, ...]]:
    """Return opening, brought in, movement and closing of each asset and day."""
    with database.connect("bi_reader") as connection:
        rows = connection.execute(
            "select asset, day, opening_amount, brought_in_amount, movement_amount, closing_amount"
            " from canonical.location_group_ledger where component = 'balance'"
        ).fetchall()
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def test_the_ledger_closes_with_what_the_captures_saw(
    module_database: Mapping[str, str],
) -> None:
    assert module_database
    case = read_case("ledger", CASE, 1)
    with database.connect("LOGIN") as connection:
        register_streams(connection)
        Landing(connection, case.ledger).land()
        owner = one(connection, "select id from auth.users where email like 'ledger@%%'")
    account = case.ledger.accounts["main"]
    main = account_id(owner, account.venue, account.environment, account.ref)
    group = group_of(owner)
    map_account(owner, group, main)
    build()
    days = [date(2026, 1, day) for day in (4, 5, 6)]
    btc, usdt = Decimal("1.5"), Decimal(5000)
    assert ledger() == {
        ("BTC", days[0]): (ZERO, btc, ZERO, btc),
        ("BTC", days[1]): (btc, ZERO, ONE_AND_A_HALF, Decimal(3)),
        # Both sides of the transfer are in the group.
        ("BTC", days[2]): (Decimal(3), ZERO, ZERO, Decimal(3)),
        ("USDT", days[0]): (ZERO, usdt, ZERO, usdt),
        ("USDT", days[1]): (usdt, ZERO, ZERO, usdt),
        ("USDT", days[2]): (usdt, ZERO, ZERO, usdt),
    }
    with database.connect("bi_reader") as connection:
        told = connection.execute(
            "select groups.name, groups.cost_method, groups.chart_type, entities.name,"
            " entities.portfolio_name, ledger.account_code"
            " from canonical.accounts"
            " join canonical.entities using (entity_id)"
            " join canonical.location_groups as groups using (location_group_id)"
            " join canonical.location_group_ledger as ledger using (location_group_id)"
            " where account_id = %s group by 1, 2, 3, 4, 5, 6",
            [main],
        ).fetchall()
    assert told == [("Main", "average_cost", "digital_assets", "Main", "Books", "1210")]
    # Taken out of its group, it is in no ledger any more, and its account remains.
    with database.connect("coinfrs_registry") as connection:
        connection.execute("update registry.account_mappings set deleted_at = now()")
    build()
    assert ledger() == {}
    with database.connect("bi_reader") as connection:
        rows = connection.execute(
            "select entity_id, location_group_id from canonical.accounts where account_id = %s",
            [main],
        ).fetchall()
    assert rows == [(None, None)]
