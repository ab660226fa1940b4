"""dbt's staging views over real raw rows: the newest version, cast, and nothing dropped."""

import json

import psycopg
import pytest

from coinfrs_pipelines.core import data_sources, database
from coinfrs_pipelines.transform import dbt
from coinfrs_pipelines.transform.manifest import parsed_project

ACCOUNT = "1000001"
TRADE = {
    "symbol": "BNBBTC",
    "id": 28457,
    "orderId": 940708407462087195,
    "price": "4.00000100",
    "qty": "12.00000000",
    "quoteQty": "48.000012",
    "commission": "10.10000000",
    "commissionAsset": "BNB",
    "time": 1499865549590,
    "isBuyer": True,
}


def insert_trades(connection: psycopg.Connection, *payloads: dict[str, object]) -> None:
    owner = data_sources.operator_id(connection)
    row = connection.execute(
        "insert into registry.data_sources"
        " (owner_id, venue, environment, name, account_ref, account_kind)"
        " values (%s, 'binance', 'emulator', 'main', %s, 'master') returning id",
        [owner, ACCOUNT],
    ).fetchone()
    assert row
    connection.execute(
        "insert into coverage.requests (id, data_source_id, run_id, stream, phase, method, path,"
        " query, status, weight, observed_at, sent_at, duration_ms) values (1, %s, 'run',"
        " 'spot_trades', 'after_captures', 'GET', '/myTrades', '', 200, 20, now(), now(), 1)",
        row,
    )
    for ordinal, payload in enumerate(payloads):
        connection.execute(
            "insert into staging_binance.raw_spot_trades (data_source_id, account_ref,"
            " source_raw_id, raw_payload, payload_sha256, request_id, ordinal, run_id)"
            " values (%s, %s, 'BNBBTC:28457:true', %s, '', 1, %s, 'run')",
            [row[0], ACCOUNT, json.dumps(payload), ordinal],
        )


@pytest.mark.usefixtures("database", "settings_environment")
def test_a_view_shows_the_newest_version_and_names_what_it_could_not_cast() -> None:
    with database.connect("LOGIN") as connection:
        insert_trades(connection, TRADE, TRADE | {"qty": "NaN"})
    for _ in dbt.build(parsed_project(), selection=["stg_binance__spot_trades"]):
        pass
    with database.connect("coinfrs_transform") as connection:
        rows = connection.execute(
            "select price::text, base_amount, order_id, traded_at::text, error_reason"
            " from staging_binance.stg_binance__spot_trades"
        ).fetchall()
    assert rows == [
        (
            "4.00000100",
            None,
            "940708407462087195",
            "2017-07-12 13:19:09.59+00",
            "qty is no number",
        )
    ]
