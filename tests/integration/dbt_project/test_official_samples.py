"""Every published sample of a stream becomes exactly the legs that the reference says.

The samples of each family stand in `official/`; each is landed under an account of its own.
"""

import importlib
import json
import pkgutil
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.data_sources import operator_id
from coinfrs_pipelines.transform import dbt
from coinfrs_pipelines.transform.manifest import parsed_project
from tests.integration.dbt_project import official
from tests.integration.dbt_project.official import Sample

pytestmark = pytest.mark.usefixtures("views_made")

ROOT = Path(__file__).parents[2] / "samples"
SAMPLES: list[Sample] = [
    sample
    for module in pkgutil.iter_modules(official.__path__)
    for sample in importlib.import_module(f"{official.__name__}.{module.name}").SAMPLES
]
IDS = [f"{sample.stream.name}-{sample.file}" for sample in SAMPLES]
SYMBOLS = [{"symbol": "BNBBTC", "baseAsset": "BNB", "quoteAsset": "BTC", "status": "TRADING"}]
REGISTER = """
insert into registry.data_sources (owner_id, venue, environment, name, account_ref, account_kind)
values (%s, %s, 'emulator', %s, %s, %s) returning id
"""
LAND = """
with request as (
    insert into coverage.requests (
        data_source_id, run_id, stream, scope, phase, method, path, query, status, weight,
        observed_at, sent_at, duration_ms
    )
    values (
        %(source)s, 'run', %(stream)s, %(scope)s, 'after_captures', 'GET', '/', '', 200, 1,
        '2026-11-01', '2026-11-01', 1
    )
    returning id
)
insert into {table} (
    data_source_id, account_ref, source_raw_id, raw_payload, payload_sha256, request_id, ordinal,
    run_id
)
select %(source)s, %(account)s, %(record)s, %(payload)s, '', request.id, %(ordinal)s, 'run'
from request
"""
LEGS = """
select
    concat_ws('/', wallet, nullif(split_part(external_id, '/', 2), '')), asset, component, amount,
    type, status
from canonical.transactions
inner join canonical.accounts using (account_id)
where split_part(external_id, '/', 1) = %s and source_stream = %s
"""


def _account(number: int) -> str:
    return str(354_900_000 + number)


def _is_told_to_master(sample: Sample) -> bool:
    return sample.stream.scope_rule == "own_email"


def _whose(number: int) -> str:
    """Return the account of the legs: of what a master alone is told, a sub-account of its list."""
    return str(int(_account(number)) + 1_000 * _is_told_to_master(SAMPLES[number]))


def _records(sample: Sample) -> list[str]:
    body = (ROOT / sample.stream.venue / sample.file).read_bytes()
    if sample.record_at is None:
        return payloads.elements(body, sample.stream.rows_at)
    # Two are printed with a quotation mark that is none.
    return [payloads.value(body.replace("\u201d".encode(), b'"'), sample.record_at)]


def _land(connection: psycopg.Connection, table: str, stream: str, row: Mapping[str, Any]) -> None:
    values = {"scope": "", "ordinal": 0, **row, "stream": stream}
    connection.execute(LAND.format(table=table), values)


@pytest.fixture(scope="module")
def built(module_database: Mapping[str, str]) -> None:  # noqa: ARG001 -- it is built there.
    """Land all samples and build once."""
    with database.connect("LOGIN") as connection:
        owner = operator_id(connection)
        for number, sample in enumerate(SAMPLES):
            stream, account = sample.stream, _account(number)
            row = connection.execute(
                REGISTER, [owner, stream.venue, IDS[number], account, sample.account_kind]
            ).fetchone()
            source = {"source": row and row[0], "account": account}
            if stream.venue == "binance":
                symbols = {"record": "exchange_info", "payload": json.dumps(SYMBOLS)}
                _land(connection, "staging_binance.raw_symbols", "symbols", source | symbols)
            if _is_told_to_master(sample):
                listed = {"subUserId": int(_whose(number)), "email": sample.scope}
                subs = {"record": _whose(number), "payload": json.dumps(listed)}
                _land(connection, "staging_binance.raw_sub_accounts", "sub_accounts", source | subs)
            for ordinal, record in enumerate(_records(sample)):
                name = str(ordinal)
                if stream.natural_key:
                    name = stream.id_of(payloads.read(record), sample.scope)
                told = {"record": name, "payload": record, "ordinal": ordinal}
                table = f"staging_{stream.venue}.{stream.raw_table}"
                _land(connection, table, stream.name, source | told | {"scope": sample.scope})
    for _ in dbt.build(parsed_project()):
        pass


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("number", range(len(SAMPLES)), ids=IDS)
def test_an_official_sample_becomes_the_legs_that_the_reference_says(number: int) -> None:
    sample = SAMPLES[number]
    with database.connect("bi_reader") as connection:
        found = connection.execute(LEGS, [_whose(number), sample.stream.name]).fetchall()
    expected = [(*leg[:3], Decimal(leg[3]), *leg[4:]) for leg in sample.legs]
    assert sorted(found) == sorted(expected)
