"""The faces of fiat, of Pay and of trades between users; their rows change as the clock goes on."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SAPI_UID
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import (
    milliseconds,
    padded,
    short,
    whole_second,
    wrapped,
)

FIAT_WINDOW = ("beginTime", "endTime")
C2C_WINDOW = ("startTimestamp", "endTimestamp")
FIAT_DEFAULT, C2C_DEFAULT, C2C_DAYS_MAX = timedelta(days=30), timedelta(days=30), 30
C2C_RETENTION = timedelta(days=183)
PAY_DAYS_MAX, PAY_RETENTION = 90, timedelta(days=548)


def _told_second(movement: Movement) -> datetime:
    return whole_second(movement.at)


def fiat_orders(call: Call) -> Any:
    """List deposits or withdrawals of fiat by the time they were ordered."""
    rows = _of_kind(call, "fiat_orders")
    page = call.paged(rows, call.number("page"), call.number("rows"))
    return wrapped([_fiat_order(movement, call.now) for movement in page], len(rows))


def _of_kind(call: Call, kind: str) -> list[Movement]:
    listed = call.text("transactionType")
    if listed not in {"0", "1"}:
        raise refusals.invalid("transactionType")
    start, end = call.window(FIAT_DEFAULT, names=FIAT_WINDOW)
    return call.movements(
        kind,
        start,
        end,
        at=_told_second,
        where=lambda movement: str(movement.fields["kind"]) == listed,
    )


def _changing(movement: Movement, now: datetime) -> tuple[str, datetime]:
    """Return the status of now and when it became so."""
    settled_at = movement.fields["settled_at"]
    if settled_at < now:
        return movement.fields["status"], settled_at
    return "Processing", movement.at


def _fiat_order(movement: Movement, now: datetime) -> dict[str, Any]:
    fields = movement.fields
    status, updated_at = _changing(movement, now)
    return {
        "orderNo": movement.record_id,
        "fiatCurrency": "EUR",
        "indicatedAmount": f"{fields['indicated']:.2f}",
        "amount": f"{fields['amount']:.2f}",
        "totalFee": f"{fields['fee']:.2f}",
        "method": "BankAccount",
        "status": status,
        "createTime": milliseconds(whole_second(movement.at)),
        "updateTime": milliseconds(whole_second(updated_at)),
    }


def fiat_payments(call: Call) -> Any:
    """List purchases or sales for fiat; an answer without any has no list at all."""
    rows = _of_kind(call, "fiat_payments")
    page = call.paged(rows, call.number("page"), call.number("rows"))
    answer = wrapped([_fiat_payment(movement, call.now) for movement in page], len(rows))
    if not rows:
        del answer["data"]
    return answer


def _fiat_payment(movement: Movement, now: datetime) -> dict[str, Any]:
    fields = movement.fields
    status, updated_at = _changing(movement, now)
    fee = (fields["paid"] / 100).quantize(Decimal("0.01"))
    row = {
        "orderNo": movement.record_id,
        "sourceAmount": short(fields["paid"]),
        "fiatCurrency": "EUR",
        "obtainAmount": short(fields["amount"]),
        "cryptoCurrency": fields["coin"],
        "totalFee": short(fee),
        "price": f"{(fields['paid'] - fee) / fields['amount']:.6f}",
        "status": status,
        "createTime": milliseconds(whole_second(movement.at)),
        "updateTime": milliseconds(whole_second(updated_at)),
    }
    # Only purchases say how they were paid.
    return row if fields["method"] is None else row | {"paymentMethod": fields["method"]}


def pay(call: Call) -> Any:
    """List payments and receipts by Pay, the newest first, without pages."""
    start, end = call.window(timedelta(days=PAY_DAYS_MAX), PAY_DAYS_MAX)
    start = max(start, call.oldest(PAY_RETENTION))
    rows = call.movements("pay", start, end, order="newest_first")
    shown = call.answered(rows[: call.number("limit")])
    return wrapped([_payment(movement) for movement in shown])


def _payment(movement: Movement) -> dict[str, Any]:
    funds, sign = movement.fields["funds"], movement.fields["sign"]
    [(asset, costs), *_] = funds
    wallets = sorted({int(number) for _, each in funds for number in each})
    told = [
        {
            "currency": currency,
            "amount": short(sum(each.values(), Decimal(0))),
            "walletAssetCost": {number: short(cost) for number, cost in each.items()},
        }
        for currency, each in funds
    ]
    return {
        "orderType": movement.fields["kind"],
        "transactionId": movement.record_id,
        "transactionTime": milliseconds(movement.at),
        "amount": short(sign * sum(costs.values(), Decimal(0))),
        "currency": asset,
        "walletType": wallets[0],
        "walletTypes": wallets,
        "fundsDetail": told if movement.fields["is_split"] else [],
        "payerInfo": {"name": "Jack", "type": "USER"},
        "receiverInfo": {"name": "Alan", "type": "MERCHANT"},
    }


def c2c_orders(call: Call) -> Any:
    """List orders with other users, of one side; without a side those that buy."""
    side = call.text("tradeType") or "BUY"
    start, end = call.window(C2C_DEFAULT, C2C_DAYS_MAX, names=C2C_WINDOW)
    rows = call.movements(
        "c2c_orders",
        max(start, call.oldest(C2C_RETENTION)),
        end,
        at=_told_second,
        where=lambda movement: movement.fields["side"] == side,
    )
    page = call.paged(rows, call.number("page"), call.number("rows"))
    return wrapped([_c2c_order(movement, call.now) for movement in page], len(rows))


def _c2c_order(movement: Movement, now: datetime) -> dict[str, Any]:
    fields = movement.fields
    status = "BUYER_PAYED" if fields["paid_at"] < now else "TRADING"
    if fields["ended_at"] < now:
        status = fields["end"]
    is_taker = fields["role"] == "TAKER"
    row = {
        "orderNumber": movement.record_id,
        "advNo": "11218246497340923904",
        "tradeType": fields["side"],
        "asset": fields["asset"],
        "fiat": "CNY",
        "fiatSymbol": "￥",
        "amount": padded(fields["amount"]),
        "totalPrice": padded(fields["amount"] * fields["price"]),
        "unitPrice": short(fields["price"]),
        "orderStatus": status,
        "createTime": milliseconds(whole_second(movement.at)),
        "commission": "0" if is_taker else short(fields["fee"]),
        "counterPartNickName": "ab***",
        "payMethodName": "BANK",
        "additionalKycVerify": 0,
        "advertisementRole": fields["role"],
    }
    if is_taker:
        row |= {
            "takerCommissionRate": "0.0015",
            "takerCommission": short(fields["fee"]),
            "takerAmount": short(fields["amount"] - fields["fee"]),
        }
    return row


FIAT_PARAMETERS = (
    text("transactionType", mandatory=True),
    *(whole(name) for name in FIAT_WINDOW),
    whole("page", 1, at_least=1),
    whole("rows", 100, at_least=1, at_most=500),
)
FACES = (
    Face(
        "GET",
        "/sapi/v1/fiat/orders",
        fiat_orders,
        SAPI_UID,
        45_000,
        FIAT_PARAMETERS,
        keys="master",
    ),
    Face(
        "GET",
        "/sapi/v1/fiat/payments",
        fiat_payments,
        SAPI_IP,
        1,
        FIAT_PARAMETERS,
        keys="master",
    ),
    Face(
        "GET",
        "/sapi/v1/pay/transactions",
        pay,
        SAPI_UID,
        3_000,
        (*WINDOW, whole("limit", 100, at_least=1, at_most=100)),
    ),
    Face(
        "GET",
        "/sapi/v1/c2c/orderMatch/listUserOrderHistory",
        c2c_orders,
        SAPI_IP,
        1,
        (
            text("tradeType", one_of=("BUY", "SELL")),
            *(whole(name) for name in C2C_WINDOW),
            whole("page", 1, at_least=1),
            whole("rows", 100, at_least=1, at_most=100),
        ),
        keys="master",
    ),
)
