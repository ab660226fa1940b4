"""What dbt leaves to readers: ids like ours, legs of official samples, keys, comments, grants."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.data_sources import account_id, operator_id
from coinfrs_pipelines.transform import dbt
from coinfrs_pipelines.transform.manifest import PROJECT, parsed_project

pytestmark = pytest.mark.usefixtures("views_made")

UID, WORKSPACE = "354937868", "f0e016ae-d9cc-510d-b66d-0c30dd520503"
SAMPLES = Path(__file__).parents[2] / "samples" / "binance"
# Which official sample shows records of a raw table, where in it, and the field that names them.
OFFICIAL = (
    ("raw_spot_trades", "GET_api_v3_myTrades.json", (), "id"),
    ("raw_deposits", "GET_sapi_v1_capital_deposit_hisrec.json", (), "id"),
    ("raw_withdrawals", "GET_sapi_v1_capital_withdraw_history.json", (), "id"),
    ("raw_asset_transfers", "GET_sapi_v1_asset_transfer.json", ("rows",), "tranId"),
)
SYMBOLS = [{"symbol": "BNBBTC", "baseAsset": "BNB", "quoteAsset": "BTC", "status": "TRADING"}]
# Received from the live service and published; shortened to the fields that are read.
TOKEN_DEPOSIT = """{"id": "f3339e5d-428e-4add-8018-631b972f3195", "createdAt": 1785738506296,
    "lastUpdated": 1785738506359, "assetId": "KBKRW_ETH_TEST5_6KCC",
    "source": {"id": "4b5351f6-9dcc-4322-a2dc-3e1cec34e549", "type": "INTERNAL_WALLET",
        "name": "mob", "subType": "Internal"},
    "destination": {"id": "23", "type": "VAULT_ACCOUNT", "name": "MOB_TEST", "subType": ""},
    "amount": 100, "fee": 0.000113517074303855, "networkFee": 0.000113517074303855,
    "netAmount": 100, "status": "CONFIRMING", "operation": "TRANSFER",
    "txHash": "0x18a64b1576aed8df84db0d259bf771929f66ebfeb877194fd2a679688e864b1f",
    "subStatus": "PENDING_BLOCKCHAIN_CONFIRMATIONS", "feeCurrency": "ETH_TEST5",
    "amountInfo": {"amount": "100", "requestedAmount": "100", "netAmount": "100"},
    "feeInfo": {"networkFee": "0.000113517074303855", "gasPrice": "2.5916548550000003"},
    "destinations": [], "blockInfo": {"blockHeight": "11408638", "blockHash": "0x9e52eb16"}}"""
LEGS = """
select asset, component, amount, type, status, cut_axis
from canonical.transactions where source_stream = 'transactions'
"""
# Tests of what one record moves.
IDENTITIES = (
    "assert_a_fill_moves_base_quote_and_fee",
    "assert_a_finished_withdrawal_leaves_nothing_in_transit",
    "assert_a_leg_counts_once_in_each_chain",
    "assert_a_transfer_nets_to_zero",
)
UNDESCRIBED = """
select relations.oid::regclass::text, columns.attname from pg_class as relations
inner join pg_attribute as columns on columns.attrelid = relations.oid
where relations.relkind in ('r', 'v') and columns.attnum > 0 and not columns.attisdropped
    and relations.relname <> 'verdict_versions'
    and relations.relnamespace in ('canonical'::regnamespace, 'completeness'::regnamespace)
    and (
        coalesce(obj_description(relations.oid), '') not like 'One row per%'
        or col_description(relations.oid, columns.attnum) is null
    )
"""
KEYED = """
select conrelid::regclass::text from pg_constraint
where contype = 'p' and connamespace in ('canonical'::regnamespace, 'completeness'::regnamespace)
    and conrelid::regclass::text <> 'completeness.verdict_versions'
order by 1
"""


def register(connection: psycopg.Connection, venue: str, account_ref: str, kind: str) -> UUID:
    row = connection.execute(
        "insert into registry.data_sources"
        " (owner_id, venue, environment, name, account_ref, account_kind)"
        " values (%s, %s, 'emulator', %s, %s, %s) returning id",
        [operator_id(connection), venue, venue, account_ref, kind],
    ).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def land(
    connection: psycopg.Connection, data_source_id: UUID, table: str, payload: str, record_id: str
) -> None:
    """Land one record, verbatim, read a while after the newest of the samples."""
    connection.execute(
        "with request as (insert into coverage.requests (data_source_id, run_id, stream, phase,"
        " method, path, query, status, weight, observed_at, sent_at, duration_ms)"
        " values (%(source)s, 'run', 'any', 'after_captures', 'GET', '/', '', 200, 1,"
        " '2026-08-04', '2026-08-04', 1) returning id)"
        f" insert into {table} (data_source_id, account_ref, source_raw_id, raw_payload,"
        " payload_sha256, request_id, ordinal, run_id)"
        " select %(source)s, account_ref, %(record)s, %(payload)s, '', request.id, 0, 'run'"
        " from request, registry.data_sources where data_sources.id = %(source)s",
        {"source": data_source_id, "record": record_id, "payload": payload},
    )


@pytest.fixture(scope="module")
def built(module_database: Mapping[str, str]) -> None:  # noqa: ARG001 -- it is built there.
    """Land the samples and build once."""
    with database.connect("LOGIN") as connection:
        binance = register(connection, "binance", UID, "master")
        fireblocks = register(connection, "fireblocks", WORKSPACE, "workspace")
        symbols = json.dumps(SYMBOLS)
        land(connection, binance, "staging_binance.raw_symbols", symbols, "exchange_info")
        for table, sample, rows_at, name in OFFICIAL:
            for record in payloads.elements((SAMPLES / sample).read_bytes(), rows_at):
                record_id = str(payloads.read(record)[name])
                land(connection, binance, f"staging_binance.{table}", record, record_id)
        land(connection, fireblocks, "staging_fireblocks.raw_transactions", TOKEN_DEPOSIT, "f3")
    for _ in dbt.build(parsed_project()):
        pass


def rows(role: database.Role, statement: str) -> list[tuple[Any, ...]]:
    with database.connect(role) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.usefixtures("built")
def test_an_account_has_one_id_in_dbt_and_in_python() -> None:
    """The macro and the function make the same hash, of a uid and of a vault account."""
    statement = (
        "select owner_id, venue, environment, external_id, account_id from canonical.accounts"
    )
    accounts = rows("bi_reader", statement)
    assert {external_id for _, _, _, external_id, _ in accounts} == {UID, f"{WORKSPACE}/23"}
    for owner_id, venue, environment, external_id, found in accounts:
        assert account_id(owner_id, venue, environment, external_id) == found


@pytest.mark.usefixtures("built")
def test_a_deposit_of_a_token_pays_no_fee_of_the_senders() -> None:
    assert rows("bi_reader", LEGS) == [
        ("KBKRW_ETH_TEST5_6KCC", "balance", Decimal(100), "deposit", "completed", "height")
    ]


@pytest.mark.usefixtures("built")
def test_every_unit_test_beside_the_models_passes(tmp_path: Path) -> None:
    """A build leaves them out: they are of the code and not of the data."""
    project = parsed_project()
    told = dbtRunner(manifest=Manifest.from_msgpack(project.parse)).invoke(
        [
            *("--no-send-anonymous-usage-stats", "--log-level=none", "--log-level-file=none"),
            *("test", "--select", "test_type:unit", f"--project-dir={PROJECT}"),
            *(f"--profiles-dir={PROJECT}", f"--target-path={tmp_path}"),
        ]
    )
    results: Any = told.result
    assert [
        (result.node.name, result.message) for result in results if result.status != "pass"
    ] == []
    assert len(results) == len(project.manifest["unit_tests"])


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_record_that_breaks_an_identity_keeps_no_verdict_back(name: str) -> None:
    """A build skips what is downstream of all that a failed test reads; of these it is nothing."""
    manifest = parsed_project().manifest
    read = manifest["nodes"][manifest_id(manifest, name)]["depends_on"]["nodes"]
    assert "model.coinfrs.wallet_days" in read


def manifest_id(manifest: Mapping[str, Any], name: str) -> str:
    """Return the id of a test of the project."""
    return next(
        str(node_id)
        for node_id, node in manifest["nodes"].items()
        if node["resource_type"] == "test" and node["name"] == name
    )


@pytest.mark.usefixtures("built")
def test_every_table_and_column_tells_a_reader_what_it_is() -> None:
    """The descriptions are in the database, and each table has a real key."""
    assert rows("LOGIN", UNDESCRIBED) == []
    assert [table for (table,) in rows("LOGIN", KEYED)] == [
        "canonical.accounts",
        "canonical.assets",
        "canonical.captures",
        "canonical.data_sources",
        "canonical.entities",
        "canonical.location_group_ledger",
        "canonical.location_groups",
        "canonical.position_snapshots",
        "canonical.statement_lines",
        "canonical.transactions",
        "completeness.control_totals",
        "completeness.position_rollforward",
        "completeness.retention",
        "completeness.verdicts",
        "completeness.wallet_days",
    ]


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "relation",
    ["staging_binance.stg_binance__deposits", "staging_binance.raw_deposits", "coverage.intervals"],
)
def test_a_reader_sees_nothing_but_the_contract(relation: str) -> None:
    """What is behind canonical and completeness is not for the reader's eyes."""
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows("bi_reader", f"select * from {relation}")
