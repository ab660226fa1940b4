"""The faces of what happens in margin: capital flow, loans, interest, transfers, liquidations.

Cross margin and each isolated pair are told apart by the question alone; most rows do not say it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import PAGE, WINDOW, Call, Face, Told, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SAPI_UID
from coinfrs_pipelines.emulator.binance.margin_records import (
    CROSS_MARGIN,
    HOURLY_RATE,
    Charge,
    Loan,
)
from coinfrs_pipelines.emulator.binance.records import Movement, WalletTransfer
from coinfrs_pipelines.emulator.binance.wallets import ISOLATED_MARGIN, isolated_symbol
from coinfrs_pipelines.emulator.binance.wire import from_milliseconds, milliseconds, padded, short

RETENTION = timedelta(days=90)
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
# The flows of one transaction have ids beside each other, and ids rise with time.
FLOWS_PER_TRANSACTION = 100
FLOW_TYPES = (
    "TRANSFER", "BORROW", "REPAY", "BUY_INCOME", "BUY_EXPENSE", "SELL_INCOME", "SELL_EXPENSE",
    "TRADING_COMMISSION", "BUY_LIQUIDATION", "SELL_LIQUIDATION", "REPAY_LIQUIDATION",
    "OTHER_LIQUIDATION", "LIQUIDATION_FEE", "SMALL_BALANCE_CONVERT", "COMMISSION_RETURN",
    "SMALL_CONVERT",
)  # fmt: skip  # The reference's own order, read in rows.
# Wallets as margin/transfer names them.
PLACES = {
    "spot": "SPOT",
    "funding": "FUNDING",
    CROSS_MARGIN: "CROSS_MARGIN",
    "um_futures": "FUTURES",
    "cm_futures": "DELIVERY",
    "options": "OPTION",
}


def _wallet(call: Call, parameter: str) -> str:
    symbol = call.text(parameter)
    return CROSS_MARGIN if symbol is None else ISOLATED_MARGIN + symbol


def _transfers(call: Call, wallet: str, start: datetime, end: datetime) -> list[WalletTransfer]:
    return [
        transfer
        for transfer in call.world.history.wallet_transfers
        if transfer.uid == call.account.uid
        and wallet in {transfer.source, transfer.target}
        and transfer.at < call.now
        and start <= transfer.at <= end
        and call.text("asset") in {None, transfer.asset}
    ]


def capital_flow(call: Call) -> Any:
    """List what moved the balance of cross margin or of one pair: the latest, or those of an id."""
    wallet = _wallet(call, "symbol")
    start, end = _flow_window(call)
    rows = [
        *_flows_of_transactions(call, wallet, start, end),
        *_flows_of_transfers(call, wallet, start, end),
    ]
    wanted = [
        told
        for told in sorted(rows, key=lambda told: int(told.row["id"]))
        if call.text("asset") in {None, told.row["asset"]}
        and call.text("type") in {None, told.row["type"]}
    ]
    limit, from_id = call.number("limit"), call.whole("fromId")
    if from_id is not None:
        page = [told for told in wanted if told.row["id"] > from_id][:limit]
        return [told.row for told in call.answered(page)]
    latest = [told.row for told in call.answered(wanted[-limit:])]
    return latest[::-1] if call.options.list_order == "newest_first" else latest


def _flow_window(call: Call) -> tuple[datetime, datetime]:
    """Return the window; where only its start is sent, it is seven days from there."""
    start = call.whole("startTime")
    if start is not None and call.whole("endTime") is None:
        begins = from_milliseconds(start)
        return max(begins, call.oldest(RETENTION)), begins + WEEK
    begins, end = call.window(WEEK, 7)
    return max(begins, call.oldest(RETENTION)), end


def _flows_of_transactions(
    call: Call, wallet: str, start: datetime, end: datetime
) -> Iterator[Told]:
    found = call.movements(
        "margin_transactions",
        start,
        end,
        where=lambda m: m.fields["wallet"] == wallet and bool(m.fields["rows"]),
    )
    for movement in found:
        tran_id = movement.fields["tran_id"]
        for number, (kind, asset, amount) in enumerate(movement.fields["rows"]):
            row: dict[str, Any] = {
                "id": tran_id * FLOWS_PER_TRANSACTION + number,
                "tranId": tran_id,
                "timestamp": milliseconds(movement.at),
                "asset": asset,
            }
            if movement.fields["symbol"] is not None:
                row["symbol"] = movement.fields["symbol"]
            signed = amount if call.options.capital_flow_is_signed else abs(amount)
            yield Told(movement.event_id, row | {"type": kind, "amount": short(signed)})


def _flows_of_transfers(call: Call, wallet: str, start: datetime, end: datetime) -> Iterator[Told]:
    found = [t for t in _transfers(call, wallet, start, end) if t.is_confirmed]
    for transfer in call.shown(found):
        is_out = transfer.source == wallet
        sign = -1 if is_out and call.options.capital_flow_is_signed else 1
        row = {
            "id": transfer.tran_id * FLOWS_PER_TRANSACTION + int(is_out),
            "tranId": transfer.tran_id,
            "timestamp": milliseconds(transfer.at),
            "asset": transfer.asset,
            "type": "TRANSFER",
            "amount": short(sign * transfer.amount),
        }
        yield Told(transfer.event_id, row)


def borrow_repay(call: Call) -> Any:
    """List loans or repayments; without an asset no more than the last seven days of the window."""
    if call.whole("txId") is None and call.whole("startTime") is None:
        raise refusals.mandatory("startTime")
    wallet, tx_id = _wallet(call, "isolatedSymbol"), call.whole("txId")
    start, end = call.window(WEEK)
    start = max(start, end - (WEEK if call.text("asset") is None else MONTH))
    if tx_id is not None:
        start, end = call.world.start - MONTH, call.now

    def is_wanted(movement: Movement) -> bool:
        loan = movement.fields["loan"]
        return (
            movement.fields["wallet"] == wallet
            and loan is not None
            and loan.direction == call.text("type")
            and call.text("asset") in {None, loan.asset}
            and tx_id in {None, movement.fields["tran_id"]}
        )

    rows = call.movements("margin_transactions", start, end, where=is_wanted, order="newest_first")
    return {"rows": [_loan_row(movement) for movement in _page(call, rows)], "total": len(rows)}


def _page(call: Call, rows: list[Any]) -> list[Any]:
    return call.paged(rows, call.number("current"), call.number("size"))


def _loan_row(movement: Movement) -> dict[str, Any]:
    loan: Loan = movement.fields["loan"]
    symbol = isolated_symbol(movement.fields["wallet"])
    return {
        "type": loan.initiator,
        **({} if symbol is None else {"isolatedSymbol": symbol}),
        "amount": padded(loan.principal + loan.interest),
        "asset": loan.asset,
        "interest": padded(loan.interest),
        "principal": padded(loan.principal),
        "status": "CONFIRMED" if loan.is_confirmed else "FAILED",
        "timestamp": milliseconds(movement.at),
        "txId": movement.fields["tran_id"],
    }


def interest_history(call: Call) -> Any:
    """List the interest that was charged in cross margin, or in one pair."""
    wallet, asset = _wallet(call, "isolatedSymbol"), call.text("asset")
    start, end = call.window(WEEK, 30, is_clamped=True)
    found = call.movements(
        "margin_interests",
        max(start, call.oldest(RETENTION)),
        end,
        where=lambda m: m.fields["wallet"] == wallet,
        order="newest_first",
    )
    rows = [
        Told(movement.event_id, _interest_row(movement, charge))
        for movement in found
        for charge in movement.fields["charges"]
        if asset in {None, charge.owed_asset}
    ]
    return {"rows": [told.row for told in _page(call, rows)], "total": len(rows)}


def _interest_row(movement: Movement, charge: Charge) -> dict[str, Any]:
    symbol = isolated_symbol(movement.fields["wallet"])
    is_of_cross = symbol is None
    return {
        "txId": charge.tx_id,
        "interestAccuredTime": milliseconds(movement.at),
        "asset": charge.asset,
        **({"rawAsset": charge.owed_asset} if is_of_cross else {}),
        "principal": padded(charge.principal),
        "interest": padded(charge.interest),
        "interestRate": padded(HOURLY_RATE * 24),
        "type": charge.kind,
        **({} if is_of_cross else {"isolatedSymbol": symbol}),
    }


def transfer_history(call: Call) -> Any:
    """List the transfers into and out of cross margin, or of one pair, failed ones too."""
    wallet, direction = _wallet(call, "isolatedSymbol"), call.text("type")
    found = [
        transfer
        for transfer in _transfers(call, wallet, *call.window(WEEK, 30))
        if direction in {None, _direction(transfer, wallet)}
    ]
    rows = list(call.shown(call.listed(found, lambda transfer: transfer.at, "newest_first")))
    page = [_transfer_row(call, transfer, wallet) for transfer in _page(call, rows)]
    return {"rows": page, "total": len(rows)}


def _direction(transfer: WalletTransfer, wallet: str) -> str:
    return "ROLL_IN" if transfer.target == wallet else "ROLL_OUT"


def _transfer_row(call: Call, transfer: WalletTransfer, wallet: str) -> dict[str, Any]:
    timestamp = milliseconds(transfer.at)
    if call.options.margin_transfer_times_in_seconds:
        timestamp //= 1_000
    row: dict[str, Any] = {
        "amount": padded(transfer.amount),
        "asset": transfer.asset,
        "status": "CONFIRMED" if transfer.is_confirmed else "FAILED",
        "timestamp": timestamp,
        "txId": transfer.tran_id,
        "type": _direction(transfer, wallet),
        "transFrom": PLACES.get(transfer.source, "ISOLATED_MARGIN"),
        "transTo": PLACES.get(transfer.target, "ISOLATED_MARGIN"),
    }
    for name, place in (("fromSymbol", transfer.source), ("toSymbol", transfer.target)):
        if (symbol := isolated_symbol(place)) is not None:
            row[name] = symbol
    return row


def small_liability_exchanges(call: Call) -> Any:
    """List the small debts that were exchanged for another."""
    start, end = call.window(MONTH)
    rows = call.movements("small_liability_exchanges", start, end, order="newest_first")
    page = [
        {
            "asset": movement.fields["asset"],
            "amount": padded(movement.fields["amount"]),
            "targetAsset": "USDT",
            "targetAmount": padded(movement.fields["target"]),
            "bizType": "EXCHANGE_SMALL_LIABILITY",
            "timestamp": milliseconds(movement.at),
        }
        for movement in _page(call, rows)
    ]
    return {"total": len(rows), "rows": page}


def liquidation_repays(call: Call) -> Any:
    """List what was paid of the debts that liquidations left, in the last 90 days."""
    start, end = call.window(WEEK)
    start = max(start, call.oldest(RETENTION))
    rows = call.movements("liquidation_repays", start, end, order="newest_first")
    page = [
        {
            "repayId": int(movement.record_id),
            "asset": movement.fields["asset"],
            "amount": padded(movement.fields["amount"]),
            "status": "SUCCESS",
            "createTime": milliseconds(movement.at),
        }
        for movement in _page(call, rows)
    ]
    return {"total": len(rows), "rows": page}


PAIR = text("isolatedSymbol")
HUNDRED = (
    whole("current", mandatory=True, at_least=1),
    whole("size", mandatory=True, at_least=1, at_most=100),
)
FACES = (
    Face(
        "GET",
        "/sapi/v1/margin/capital-flow",
        capital_flow,
        SAPI_IP,
        100,
        (
            text("asset"),
            text("symbol"),
            text("type", one_of=FLOW_TYPES),
            *WINDOW,
            whole("fromId"),
            whole("limit", 500, at_least=1, at_most=1_000),
        ),
        product="margin",
    ),
    Face(
        "GET",
        "/sapi/v1/margin/borrow-repay",
        borrow_repay,
        SAPI_IP,
        10,
        (
            text("type", mandatory=True, one_of=("BORROW", "REPAY")),
            text("asset"),
            PAIR,
            whole("txId"),
            *WINDOW,
            *PAGE,
        ),
        product="margin",
    ),
    Face(
        "GET",
        "/sapi/v1/margin/interestHistory",
        interest_history,
        SAPI_IP,
        1,
        (text("asset"), PAIR, *WINDOW, *PAGE),
        product="margin",
    ),
    Face(
        "GET",
        "/sapi/v1/margin/transfer",
        transfer_history,
        SAPI_IP,
        1,
        (text("asset"), text("type", one_of=("ROLL_IN", "ROLL_OUT")), PAIR, *WINDOW, *PAGE),
        product="margin",
    ),
    Face(
        "GET",
        "/sapi/v1/margin/exchange-small-liability-history",
        small_liability_exchanges,
        SAPI_UID,
        100,
        (*HUNDRED, *WINDOW),
        product="margin",
    ),
    Face(
        "GET",
        "/sapi/v1/margin/liquidation-loan/repay-history",
        liquidation_repays,
        SAPI_UID,
        100,
        (*WINDOW, whole("current", 1, at_least=1), whole("size", 50, at_least=1, at_most=100)),
        product="margin",
    ),
)
