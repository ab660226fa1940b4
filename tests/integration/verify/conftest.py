"""Tables of verdicts as dbt would leave them, small enough to be written by hand."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

import pytest

from coinfrs_pipelines.core import database as core_database

OWNER = UUID(int=1)
ACCOUNT = UUID(int=2)

# The columns of dbt's contracts that the stage reads.
TABLES = """
create table canonical.accounts (
    account_id uuid primary key, owner_id uuid, venue text, external_id text, name text, kind text,
    is_in_proof boolean not null default true, outside_reason text,
    environment text not null default 'production'
);
create table canonical.data_sources (
    data_source_id uuid primary key, owner_id uuid, venue text, environment text, name text,
    account_ref text, disabled_at timestamptz
);
create table completeness.verdicts (
    owner_id uuid, account_id uuid, venue text, wallet text, asset text, component text, day date,
    verdict text, reasons text[], kind text, opening_amount numeric, movement_amount numeric,
    expected_amount numeric, observed_amount numeric, difference numeric
);
create table completeness.wallet_days (
    owner_id uuid, account_id uuid, venue text, wallet text, day date, cell_count bigint,
    complete_count bigint, broken_count bigint, unproven_count bigint, verdict text, reasons text[]
);
create table completeness.position_rollforward (
    rollforward_id text, owner_id uuid, account_id uuid, venue text, wallet text, asset text,
    component text, kind text, first_day date, last_day date, opening_taken_at timestamptz,
    closing_taken_at timestamptz, cut_axis text, opening_cut_value numeric,
    closing_cut_value numeric, opening_amount numeric, deposit_amount numeric,
    withdrawal_amount numeric, trade_amount numeric, transfer_amount numeric, fee_amount numeric,
    other_amount numeric, movement_amount numeric, leg_count bigint, expected_amount numeric,
    observed_amount numeric, difference numeric, judges boolean, verdict text, reasons text[]
);
"""


class Verdicts:
    """Writes rows as dbt would, in its role."""

    def __init__(self) -> None:
        self.execute(TABLES)
        self.execute(
            "insert into canonical.accounts values "
            "(%s, %s, 'binance', '354', 'treasury', 'master')",
            [ACCOUNT, OWNER],
        )

    def execute(self, statement: str, parameters: list[Any] | dict[str, Any] | None = None) -> None:
        with core_database.connect("coinfrs_transform", autocommit=True) as connection:
            connection.execute(statement, parameters)

    def judge(
        self,
        asset: str,
        day: date,
        verdict: str = "complete",
        *,
        opening: str = "1",
        movement: str = "2",
        observed: str = "3",
        reasons: tuple[str, ...] = (),
    ) -> None:
        """Give a cell a verdict and a row of the roll-forward for one day, replacing older ones."""
        with localcontext(prec=80):
            expected = Decimal(opening) + Decimal(movement)
            difference = Decimal(observed) - expected
        key = [ACCOUNT, asset, day]
        for table, column in (("verdicts", "day"), ("position_rollforward", "first_day")):
            self.execute(
                f"delete from completeness.{table} "
                f"where account_id = %s and asset = %s and {column} = %s",
                key,
            )
        self.execute(
            "insert into completeness.verdicts values "
            "(%s, %s, 'binance', 'spot', %s, 'balance', %s, %s, %s, 'live_capture', "
            "%s, %s, %s, %s, %s)",
            [
                *(OWNER, ACCOUNT, asset, day, verdict, list(reasons)),
                *(opening, movement, expected, observed, difference),
            ],
        )
        opened = datetime.combine(day, time(0, 5), UTC)
        self.execute(
            "insert into completeness.position_rollforward values "
            "(%s, %s, %s, 'binance', 'spot', %s, 'balance', 'live_capture', %s, %s, %s, %s, "
            "'time', 0, 0, %s, %s, 0, 0, 0, 0, 0, %s, 1, %s, %s, %s, true, %s, %s)",
            [
                *(f"{asset} {day}", OWNER, ACCOUNT, asset, day, day),
                *(opened, opened + timedelta(days=1), opening, movement, movement),
                *(expected, observed, difference, verdict, list(reasons)),
            ],
        )
        self.summarise(day)

    def summarise(
        self, day: date, *, verdict: str | None = None, reasons: tuple[str, ...] = ()
    ) -> None:
        """Write the wallet's row of the day from its verdicts, or with the verdict given."""
        self.execute("delete from completeness.wallet_days where day = %s", [day])
        self.execute(
            "insert into completeness.wallet_days "
            "select %(owner)s, %(account)s, 'binance', 'spot', %(day)s, count(*), "
            "count(*) filter (where verdict = 'complete'), "
            "count(*) filter (where verdict = 'broken'), "
            "count(*) filter (where verdict = 'unproven'), "
            "coalesce(%(verdict)s, case when bool_or(verdict = 'unproven') then 'unproven' "
            "when bool_or(verdict = 'broken') then 'broken' else 'complete' end), %(reasons)s "
            "from completeness.verdicts where day = %(day)s",
            {"owner": OWNER, "account": ACCOUNT, "day": day, "verdict": verdict}
            | {"reasons": list(reasons)},
        )

    def register(self, name: str, venue: str, account_ref: str) -> None:
        """Let there be a data source, as of the last build."""
        self.execute(
            "insert into canonical.data_sources values "
            "(gen_random_uuid(), %s, %s, 'production', %s, %s)",
            [OWNER, venue, name, account_ref],
        )

    def forget(self, asset: str) -> None:
        """Let a cell have no row any more, as when its only leg turned out to be void."""
        self.execute("delete from completeness.verdicts where asset = %s", [asset])
        self.execute("delete from completeness.position_rollforward where asset = %s", [asset])


@pytest.fixture
def verdicts(database: Mapping[str, str]) -> Verdicts:  # noqa: ARG001 -- it fills that one.
    """Give the test empty tables of verdicts, and a way to fill them."""
    return Verdicts()


@pytest.fixture
def versions(verdicts: Verdicts) -> Callable[[], list[tuple[Any, ...]]]:  # noqa: ARG001 -- its tables.
    """Return a function that reads the recorded versions, oldest first."""

    def read() -> list[tuple[Any, ...]]:
        with core_database.connect("bi_reader") as connection:
            return connection.execute(
                "select asset, day, verdict, observed_amount, reasons, run_id "
                "from completeness.verdict_versions order by id"
            ).fetchall()

    return read
