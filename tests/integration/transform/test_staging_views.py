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


def insert_capture(connection: psycopg.Connection, wallet: str, balances: object) -> None:
    connection.execute(
        "insert into staging_binance.raw_live_captures (data_source_id, account_ref,"
        " source_raw_id, account_type, wallet, taken_at, reading_ended_at, closes_day, is_whole,"
        " balances, payload_sha256, request_id, ordinal, run_id)"
        " select data_source_id, %s, %s, '', %s, now(), now(), '2026-01-05', true, %s, '', id, 0,"
        " 'run' from coverage.requests",
        [ACCOUNT, wallet, wallet, json.dumps(balances)],
    )


@pytest.mark.usefixtures("database", "settings_environment")
def test_what_is_not_realised_is_kept_beside_the_balance() -> None:
    futures = [{"asset": "USDT", "balance": "122607.35", "crossUnPnl": "-5.5"}]
    spot = {
        "account": {"balances": [{"asset": "BTC", "free": "1", "locked": "2"}]},
        "user_assets": [{"asset": "BTC", "freeze": "4", "withdrawing": "0"}],
    }
    untold = [{"asset": "BTC", "balance": "1", "crossUnPnl": ""}]
    with database.connect("LOGIN") as connection:
        insert_trades(connection)
        insert_capture(connection, "um_futures", {"um_balance": futures})
        insert_capture(connection, "cm_futures", {"cm_balance": untold})
        insert_capture(connection, "spot", spot)
    for _ in dbt.build(parsed_project(), selection=["stg_binance__live_captures"]):
        pass
    with database.connect("coinfrs_transform") as connection:
        rows = connection.execute(
            "select wallet, component, amount::text, unrealised_amount::text, error_reason"
            " from staging_binance.stg_binance__live_captures order by wallet, component"
        ).fetchall()
    assert rows == [
        ("cm_futures", "balance", "1", None, None),
        ("spot", "balance", "7", None, None),
        ("spot", "in_transit", "0", None, None),
        ("um_futures", "balance", "122607.35", "-5.5", None),
    ]


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
