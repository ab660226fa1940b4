"""The faces of staking: histories without ids, by the time at which something was asked for."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance.calls import PAGE, WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import (
    from_milliseconds,
    milliseconds,
    short,
    whole_second,
)

DAYS_DEFAULT, THREE_MONTHS = timedelta(days=30), 90
Row = Callable[[Call, Movement], Mapping[str, Any]]


def three_months(call: Call) -> tuple[datetime, datetime]:
    """Return the window: without an end, or without a beginning, thirty days of it."""
    start = call.whole("startTime")
    if start is not None and call.whole("endTime") is None:
        begins_at = from_milliseconds(start)
        return begins_at, begins_at + DAYS_DEFAULT
    return call.window(DAYS_DEFAULT, THREE_MONTHS)


def history(kind: str, row: Row, id_name: str | None = None) -> Callable[[Call], Any]:
    """Return a face that tells the movements of one kind by pages; `id_name` picks one of them."""

    def answer(call: Call) -> Any:
        start, end = three_months(call)
        wanted = call.whole(id_name) if id_name else None
        rows = call.movements(
            kind, start, end, where=lambda m: wanted is None or m.record_id == str(wanted)
        )
        page = call.paged(rows, call.number("current"), call.number("size"))
        return {"rows": [row(call, movement) for movement in page], "total": len(rows)}

    return answer


def status(call: Call, movement: Movement) -> str:
    """Return how a record stands now."""
    if movement.fields["final_at"] >= call.now:
        return "PENDING"
    return "SUCCESS" if movement.fields["is_successful"] else "FAILED"


def staking_row(rate_name: str) -> Row:
    """Return the row of a staking or of a redemption, which tells when it arrives."""

    def row(call: Call, movement: Movement) -> Mapping[str, Any]:
        fields = movement.fields
        arrives_at = fields["arrives_at"]
        is_later = {} if arrives_at == movement.at else {"arrivalTime": milliseconds(arrives_at)}
        return {
            "time": milliseconds(movement.at),
            **is_later,
            "asset": fields["given"][0],
            "amount": short(fields["given"][1]),
            "distributeAsset": fields["received"][0],
            "distributeAmount": short(fields["received"][1]),
            rate_name: _rate(fields["rate"]),
            "status": status(call, movement),
        }

    return row


def wrapping_row(call: Call, movement: Movement) -> Mapping[str, Any]:
    """Return the row of a wrapping, or of the reverse."""
    fields = movement.fields
    return {
        "time": milliseconds(movement.at),
        "fromAsset": fields["given"][0],
        "fromAmount": short(fields["given"][1]),
        "toAsset": fields["received"][0],
        "toAmount": short(fields["received"][1]),
        "exchangeRate": _rate(fields["rate"]),
        "status": status(call, movement),
    }


def _rate(rate: Decimal) -> str:
    return f"{max(rate, 1 / rate):.8f}"


def boost_rewards(call: Call) -> Any:
    """List what was claimed, in whole seconds; what is promised only lies elsewhere."""
    start, end = three_months(call)
    rows = call.movements(
        "sol_boost_reward",
        whole_second(start),
        end,
        # Filtered by the second that it tells, so that no row lies outside what was asked.
        at=lambda m: whole_second(m.at),
        where=lambda m: start <= whole_second(m.at),
    )
    if call.text("type") == "DISTRIBUTE":
        rows = []
    page = call.paged(rows, call.number("current"), call.number("size"))
    return {
        "rows": [
            {
                "time": milliseconds(movement.at) // 1_000,
                "token": movement.fields["token"],
                "amount": short(movement.fields["amount"]),
                "status": "SUCCESS",
            }
            for movement in page
        ],
        "total": len(rows),
    }


def _face(path: str, answer: Callable[[Call], Any], id_name: str | None = None) -> Face:
    named = (whole(id_name),) if id_name else ()
    return Face("GET", path, answer, SAPI_IP, 150, (*named, *WINDOW, *PAGE))


def _staking(path: str, kind: str, rate_name: str, id_name: str) -> Face:
    return _face(path, history(kind, staking_row(rate_name), id_name), id_name)


ETH, SOL = "/sapi/v1/eth-staking", "/sapi/v1/sol-staking/sol/history"
RATIO, RATE = "conversionRatio", "exchangeRate"
FACES = (
    _staking(f"{ETH}/eth/history/stakingHistory", "eth_staking", RATIO, "purchaseId"),
    _staking(f"{ETH}/eth/history/redemptionHistory", "eth_redemption", RATIO, "redeemId"),
    _face(f"{ETH}/wbeth/history/wrapHistory", history("wbeth_wrap", wrapping_row)),
    _face(f"{ETH}/wbeth/history/unwrapHistory", history("wbeth_unwrap", wrapping_row)),
    _staking(f"{SOL}/stakingHistory", "sol_staking", RATE, "purchaseId"),
    _staking(f"{SOL}/redemptionHistory", "sol_redemption", RATE, "redeemId"),
    Face(
        "GET",
        f"{SOL}/boostRewardsHistory",
        boost_rewards,
        SAPI_IP,
        150,
        (text("type", mandatory=True, one_of=("CLAIM", "DISTRIBUTE")), *WINDOW, *PAGE),
    ),
)
