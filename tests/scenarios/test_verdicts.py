"""Given this ledger, what is the verdict? One text file per case, all judged by one build."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg.rows import dict_row

from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.data_sources import account_id
from coinfrs_pipelines.transform import dbt
from coinfrs_pipelines.transform.manifest import parsed_project
from tests.scenarios.bookkeeping import Case, Expectation, read_case
from tests.scenarios.landing import Account, Landing, register_streams

CASES = [
    read_case(path.stem, path.read_text(), number)
    for number, path in enumerate(sorted((Path(__file__).parent / "cases").glob("*.txt")), 1)
]
pytestmark = pytest.mark.usefixtures("views_made")

VERDICTS = """
select account_id, wallet, asset, component, day, verdict, reasons, kind, opening_amount as opening,
    movement_amount as movement, difference
from completeness.verdicts
"""
WALLET_DAYS = (
    "select account_id, wallet, day, verdict, reasons, cell_count from completeness.wallet_days"
)

Row = dict[str, Any]


@dataclass
class Judged:
    """What the build decided, by cell and day, and by wallet and day."""

    owners: dict[str, UUID]
    cells: dict[tuple[UUID, str, str, str, date], Row]
    wallets: dict[tuple[UUID, str, date], Row]


@pytest.fixture(scope="module")
def judged(module_database: Mapping[str, str]) -> Judged:  # noqa: ARG001 -- the build needs it.
    """Land every case and build once."""
    with database.connect("LOGIN") as connection:
        register_streams(connection)
        for case in CASES:
            Landing(connection, case.ledger).land()
        found = connection.execute(
            "select split_part(email, '@', 1), id from auth.users"
        ).fetchall()
    for _ in dbt.build(parsed_project()):
        pass
    with (
        database.connect("bi_reader") as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        cells = cursor.execute(VERDICTS).fetchall()
        wallets = cursor.execute(WALLET_DAYS).fetchall()
    keys = ("account_id", "wallet", "asset", "component", "day")
    return Judged(
        {case: UUID(str(owner)) for case, owner in found},
        {tuple(row[key] for key in keys): row for row in cells},
        {(row["account_id"], row["wallet"], row["day"]): row for row in wallets},
    )


def of_account(owner: UUID, account: Account, wallet: str) -> tuple[UUID, str]:
    """Return the account and wallet that a place like `vault/1` or `spot` means."""
    wallet, _, vault = wallet.partition("/")
    external_id = f"{account.ref}/{vault}" if vault else account.ref
    return account_id(owner, account.venue, account.environment, external_id), wallet


def check(expected: Expectation, row: Row | None) -> list[str]:
    """Return in which ways a row is not as expected."""
    if expected.verdict == "no_row":
        return [] if row is None else [f"{expected.line}: there is a row, {row['verdict']}"]
    if row is None:
        return [f"{expected.line}: there is no row"]
    wrong = []
    if row["verdict"] != expected.verdict:
        wrong.append(f"verdict {row['verdict']}")
    wrong += [
        f"{name} {row[name]}" for name, value in expected.numbers.items() if row[name] != value
    ]
    if expected.kind not in (None, row.get("kind")):
        wrong.append(f"kind {row.get('kind')}")
    if expected.reasons is not None and sorted(expected.reasons) != sorted(row["reasons"]):
        wrong.append(f"reasons {row['reasons']}")
    return [f"{expected.line}: {', '.join(wrong)} ({row})"] if wrong else []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_verdicts_are_those_of_the_books(case: Case, judged: Judged) -> None:
    """Each expectation of the file holds, and nothing else of the case is broken."""
    owner = judged.owners[case.name]
    wrong: list[str] = []
    mentioned = set()
    for expected in case.expectations:
        account = case.ledger.accounts[expected.account]
        account_key, wallet = of_account(owner, account, expected.wallet)
        if expected.asset == "*":
            row = judged.wallets.get((account_key, wallet, expected.day))
        else:
            key = (account_key, wallet, expected.asset, expected.component, expected.day)
            mentioned.add(key)
            row = judged.cells.get(key)
        wrong += check(expected, row)
    accounts = {
        of_account(owner, account, wallet)[0]
        for account in case.ledger.accounts.values()
        for _, name, wallet in case.ledger.captures
        if name == account.name
    }
    wrong += [
        f"not mentioned, and {row['verdict']}: {row}"
        for key, row in judged.cells.items()
        if key[0] in accounts and key not in mentioned and row["verdict"] != "complete"
    ]
    assert wrong == []


def test_every_raw_row_reached_something_or_is_explained(judged: Judged) -> None:  # noqa: ARG001 -- builds.
    """Nothing that landed is forgotten, and an error always says what is wrong."""
    with database.connect("bi_reader") as connection:
        rows = connection.execute(
            "select processing_status, reason is null, count(*)"
            " from completeness.raw_record_status group by 1, 2"
        ).fetchall()
    counted = {(status, is_silent): number for status, is_silent, number in rows}
    assert ("pending", True) not in counted
    assert ("pending", False) not in counted
    assert ("error", True) not in counted
    assert counted[("processed", True)] > Decimal(0)
