"""Export files become records whole, or are refused by line and column."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coinfrs_pipelines.connectors.binance.files import (
    SPOT_TRADE_FILES,
    TRANSACTION_HISTORY_FILES,
    UM_INCOME_FILES,
    FileRefusedError,
    Kind,
    Row,
    Stated,
    read_rows,
)

INCOME = "Date(UTC),type,Amount,Asset,Symbol,Transaction ID"
FUNDING = "2026-01-05 08:00:00,FUNDING_FEE,-0.80000000,USDT,BTCUSDT,9689322392"
HISTORY = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"
DEPOSIT = '354937868,2026-01-05 08:00:00,Spot,Deposit,BTC,0.10000000,""'
TRADES = "Date(UTC),Pair,Side,Price,Executed,Amount,Fee"
TRADE = '2026-01-05 08:00:00,BTCUSDT,BUY,"11,426.20",0.0528450000BTC,603.81753900USDT,0.01BNB'
WEEK = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC))


def read(kind: Kind, *lines: str, offset: timedelta | None = None, **how: Any) -> tuple[Row, ...]:
    body = "\r\n".join((*lines, "")).encode(how.get("encoding", "utf-8"))
    return read_rows(kind, body, Stated(*WEEK, offset, account_ref="354937868"))


def refusal(kind: Kind, *lines: str, **how: Any) -> str:
    with pytest.raises(FileRefusedError) as refused:
        read(kind, *lines, **how)
    return str(refused.value)


def test_a_row_of_income_is_named_by_its_ids_and_keeps_every_cell_as_text() -> None:
    [row] = read(UM_INCOME_FILES, INCOME, FUNDING)
    assert row.record.source_raw_id == "FUNDING_FEE:9689322392:USDT:BTCUSDT"
    assert row.at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert json.loads(row.record.payload) == {
        "time": "2026-01-05 08:00:00",
        "type": "FUNDING_FEE",
        "amount": "-0.80000000",
        "asset": "USDT",
        "symbol": "BTCUSDT",
        "transaction_id": "9689322392",
        "at": 1767600000000,
    }


def test_a_byte_order_mark_and_empty_lines_are_no_content() -> None:
    assert read(UM_INCOME_FILES, INCOME, "", FUNDING, "", encoding="utf-8-sig") == tuple(
        Row(row.record, 3) for row in read(UM_INCOME_FILES, INCOME, FUNDING)
    )


def test_a_file_with_a_header_alone_has_no_rows() -> None:
    assert read(UM_INCOME_FILES, INCOME) == ()


@pytest.mark.parametrize(
    "header",
    [
        "",
        HISTORY,
        INCOME.replace("type", "Type"),
        INCOME.replace(",", ";"),
        INCOME + ",Extra",
        INCOME.removesuffix(",Transaction ID"),
    ],
)
def test_any_other_header_is_refused_and_the_known_ones_are_named(header: str) -> None:
    told = refusal(UM_INCOME_FILES, header, FUNDING)
    assert told.startswith("line 1, the header")
    assert INCOME in told


def test_times_without_a_zone_need_one_and_utc_needs_none() -> None:
    header, row = INCOME.replace("Date(UTC),type", "Time,Type"), FUNDING.replace("2026", "26")
    assert "state the offset" in refusal(UM_INCOME_FILES, header, row)
    [ahead] = read(UM_INCOME_FILES, header, row, offset=timedelta(hours=3))
    assert ahead.at == datetime(2026, 1, 5, 5, tzinfo=UTC)
    assert "no offset" in refusal(UM_INCOME_FILES, INCOME, FUNDING, offset=timedelta(hours=3))


@pytest.mark.parametrize(
    ("cell", "spoiled", "column"),
    [
        ("-0.80000000", "-8E-01", "Amount"),
        ("-0.80000000", "-0,8", "column"),
        ("-0.80000000", "NaN", "Amount"),
        ("-0.80000000", "", "Amount"),
        ("9689322392", "9.68932E+09", "Transaction ID"),
        ("9689322392", "", "Transaction ID"),
        ("USDT", "", "Asset"),
        ("FUNDING_FEE", "Funding Fee", "type"),
        ("2026-01-05 08:00:00", "05/01/2026 08:00", "Date(UTC)"),
        ("2026-01-05 08:00:00", "2026-02-30 08:00:00", "Date(UTC)"),
        ("2026-01-05 08:00:00", "2026-01-08 00:00:00", "Date(UTC)"),
    ],
)
def test_a_cell_that_cannot_be_what_the_venue_wrote_is_refused_by_line_and_column(
    cell: str, spoiled: str, column: str
) -> None:
    other = FUNDING.replace("9689322392", "1")
    told = refusal(UM_INCOME_FILES, INCOME, other, FUNDING.replace(cell, spoiled))
    assert told.startswith("line 3, ")
    assert column in told


def test_all_that_is_wrong_is_told_at_once_but_not_without_end() -> None:
    bad = FUNDING.replace("-0.80000000", "x")
    told = refusal(UM_INCOME_FILES, INCOME, *[bad] * 7)
    assert told.count("line ") == 5
    assert told.endswith("and 2 more")


def test_an_id_that_comes_twice_in_a_file_names_nothing() -> None:
    told = refusal(UM_INCOME_FILES, INCOME, FUNDING, FUNDING.replace("-0.8", "-0.9"))
    assert "line 3, it repeats line 2 (FUNDING_FEE 9689322392 USDT BTCUSDT)" in told


def test_a_file_that_is_packed_or_no_text_or_no_csv_is_refused() -> None:
    stated = Stated(*WEEK)
    for body, reason in {
        b"PK\x03\x04rest": "unpack it",
        b"\x1f\x8brest": "unpack it",
        f"{INCOME}\n".encode() + b"\xff\xfe": "line 2, it is not UTF-8",
        f'{INCOME}\n"a"b,\n'.encode(): "line 2, it is no CSV",
    }.items():
        with pytest.raises(FileRefusedError, match=reason):
            read_rows(UM_INCOME_FILES, body, stated)


def test_rows_without_ids_are_named_by_what_they_say_and_twins_stay_two() -> None:
    first, second, other = read(
        TRANSACTION_HISTORY_FILES, HISTORY, DEPOSIT, DEPOSIT, DEPOSIT.replace("0.1", "0.2")
    )
    names = [row.record.source_raw_id for row in (first, second, other)]
    assert len(set(names)) == 3
    assert names[0].removesuffix(":0") == names[1].removesuffix(":1")


def test_the_same_row_on_two_clocks_has_one_name() -> None:
    [utc] = read(TRANSACTION_HISTORY_FILES, HISTORY, DEPOSIT)
    header = HISTORY.replace("User_ID,UTC_Time", "User ID,Time")
    later = DEPOSIT.replace("2026-01-05 08", "26-01-05 11")
    [ahead] = read(TRANSACTION_HISTORY_FILES, header, later, offset=timedelta(hours=3))
    assert ahead.record.source_raw_id == utc.record.source_raw_id


def test_a_row_of_another_account_is_refused() -> None:
    told = refusal(TRANSACTION_HISTORY_FILES, HISTORY, DEPOSIT.replace("354937868", "7"))
    assert told == "line 2, column User_ID: 7 is not the account 354937868 of the source"


def test_spot_trades_are_read_with_their_grouped_prices_and_glued_assets() -> None:
    [row] = read(SPOT_TRADE_FILES, TRADES, TRADE)
    assert json.loads(row.record.payload)["price"] == "11,426.20"
    assert "column Fee" in refusal(SPOT_TRADE_FILES, TRADES, TRADE.replace("0.01BNB", "BNB"))
