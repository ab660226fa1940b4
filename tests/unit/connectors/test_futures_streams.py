"""Income is told in whole seconds: a second that fills an answer is read type by type."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coinfrs_pipelines.connectors.binance.streams.futures import UM_INCOME, UM_INCOME_TYPES
from coinfrs_pipelines.connectors.errors import WalkNotProven
from coinfrs_pipelines.connectors.payloads import PayloadError
from coinfrs_pipelines.connectors.walks import walk

SECOND = 1_767_225_600_000
START = datetime(2026, 1, 1, tzinfo=UTC)
FULL = 1_000


def row(
    number: int, kind: str = "COMMISSION", time: int = SECOND, **changed: str
) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT",
        "incomeType": kind,
        "income": "-0.01",
        "asset": "USDT",
        "info": kind,
        "time": time,
        "tranId": 9_007_199_254_740_993 + number,
        "tradeId": str(number),
        **changed,
    }


def walked(binance: Any, rows: list[dict[str, Any]], *, latest: bool = False) -> list[str]:
    """Return the ids that a walk over a minute finds at a venue that has these rows."""

    def answer(asked: Any) -> Any:
        query = asked.query
        first, last = int(query["startTime"]), int(query["endTime"])
        found = [
            each
            for each in rows
            if (latest or first <= each["time"] <= last)
            and query.get("incomeType") in {None, each["incomeType"]}
        ]
        return found[: int(query["limit"])]

    made = binance(answer)
    found = walk(made.client, UM_INCOME, start=START, end=START + timedelta(minutes=1))
    return [name for page in found.pages for name in page.ids]


def test_a_second_with_more_rows_than_an_answer_is_read_once_per_type(binance: Any) -> None:
    rows = [row(n, kind) for n in range(700) for kind in ("REALIZED_PNL", "COMMISSION")]
    rows += [row(5_000, time=SECOND + 9_000)]
    ids = walked(binance, rows)
    assert len(set(ids)) == 1_401
    assert "COMMISSION:9007199254740993:USDT:BTCUSDT:0" in ids


def test_a_second_with_too_many_rows_of_one_type_is_not_proven(binance: Any) -> None:
    with pytest.raises(WalkNotProven, match="incomeType"):
        walked(binance, [row(n) for n in range(FULL)])


def test_a_full_second_with_a_type_that_nobody_knows_is_not_proven(binance: Any) -> None:
    rows = [row(0, "MOON_BONUS"), *(row(n, UM_INCOME_TYPES[n % 4]) for n in range(1, FULL + 9))]
    with pytest.raises(WalkNotProven, match="incomeType"):
        walked(binance, rows)


def test_rows_of_another_time_than_was_asked_are_not_believed(binance: Any) -> None:
    with pytest.raises(WalkNotProven, match="outside the window"):
        walked(binance, [row(1, time=SECOND + 86_400_000)], latest=True)


def test_only_what_may_be_empty_is_left_empty_in_a_name() -> None:
    transfer = row(0, "TRANSFER", symbol="", tradeId="")
    assert UM_INCOME.id_of(transfer) == "TRANSFER:9007199254740993:USDT::"
    without = {key: value for key, value in transfer.items() if key != "tradeId"}
    assert UM_INCOME.id_of(without) == UM_INCOME.id_of(transfer)
    for name in ("incomeType", "asset", "tranId"):
        with pytest.raises(PayloadError):
            UM_INCOME.id_of({**transfer, name: ""})
    with pytest.raises(PayloadError):
        UM_INCOME.id_of({**transfer, "symbol": []})
