"""The faces of deposits and withdrawals, whose rows change as the venue's clock goes on."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, flag, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SAPI_UID_SECOND
from coinfrs_pipelines.emulator.binance.records import Deposit, Withdrawal
from coinfrs_pipelines.emulator.binance.wire import (
    milliseconds,
    padded,
    second_text,
    short,
    whole_second,
)

DAYS_MAX = 90
DAYS_MAX_BY_ORDER_ID = 7
IDS_MAX = 45
PENDING, SUCCESS, REJECTED, CREDITED = 0, 1, 2, 6
CANCELLED, AWAITING_APPROVAL, PROCESSING, COMPLETED = 1, 2, 4, 6
WALLET_TYPES = {"spot": 0, "funding": 1}


def deposits(call: Call) -> Any:
    """List deposits by the time they were seen, with their status of now."""
    start, end = call.window(timedelta(days=DAYS_MAX), DAYS_MAX, is_strict=True)
    found = [
        deposit
        for deposit in call.world.history.deposits
        if deposit.uid == call.account.uid
        and deposit.inserted_at < call.now
        and start <= _told(call, deposit.inserted_at) <= end
        and call.text("coin") in {None, deposit.coin}
        and call.text("txId") in {None, deposit.tx_id}
        and call.whole("status") in {None, _deposit_status(deposit, call.now)}
    ]
    rows = list(call.shown(call.listed(found, lambda deposit: deposit.inserted_at)))
    page = call.page(rows, call.number("offset"), call.number("limit"))
    return [_deposit_row(call, deposit) for deposit in page]


def _told(call: Call, instant: datetime) -> datetime:
    return whole_second(instant) if call.options.deposit_times_in_seconds else instant


def _deposit_status(deposit: Deposit, now: datetime) -> int:
    if deposit.credited_at is None:
        return REJECTED if deposit.unlocked_at < now else PENDING
    if deposit.credited_at >= now:
        return PENDING
    return SUCCESS if deposit.unlocked_at < now else CREDITED


def _deposit_row(call: Call, deposit: Deposit) -> dict[str, Any]:
    status = _deposit_status(deposit, call.now)
    is_credited = status in {SUCCESS, CREDITED}
    seen = deposit.confirmations if is_credited else 0
    row: dict[str, Any] = {
        "id": deposit.record_id,
        "amount": short(deposit.amount),
        "coin": deposit.coin,
        "network": deposit.network,
        "status": status,
        "address": _address(deposit.uid, deposit.coin),
        "addressTag": "",
        "txId": deposit.tx_id,
        "insertTime": milliseconds(_told(call, deposit.inserted_at)),
    }
    if is_credited and deposit.credited_at is not None:
        row["completeTime"] = milliseconds(_told(call, deposit.credited_at))
    row |= {
        "transferType": 0,
        "confirmTimes": f"{seen}/{deposit.confirmations}",
        "unlockConfirm": 0 if status == SUCCESS else deposit.confirmations,
        "walletType": WALLET_TYPES[deposit.wallet],
        "travelRuleStatus": 0,
    }
    if call.flag("includeSource"):
        row["sourceAddress"] = _address(0, deposit.tx_id)
    return row


def _address(uid: int, of: str) -> str:
    return "0x" + hashlib.sha256(f"{uid}/{of}".encode()).hexdigest()[:40]


def withdrawals(call: Call) -> Any:
    """List withdrawals by the time they were applied for, with their status of now."""
    if not call.account.is_master and not call.options.subs_read_withdrawals:
        raise refusals.main_account_only()
    order_id, ids = call.text("withdrawOrderId"), (call.text("idList") or "").split(",")
    if len(ids) > IDS_MAX:
        raise refusals.invalid("idList")
    days = DAYS_MAX if order_id is None else DAYS_MAX_BY_ORDER_ID
    start, end = call.window(timedelta(days=days), days, is_strict=True)
    found = [
        withdrawal
        for withdrawal in call.world.history.withdrawals
        if withdrawal.uid == call.account.uid
        and withdrawal.applied_at < call.now
        # Filtered by the whole second that it tells, so that no row lies outside what was asked.
        and start <= whole_second(withdrawal.applied_at) <= end
        and call.text("coin") in {None, withdrawal.coin}
        and call.whole("status") in {None, _withdrawal_status(withdrawal, call.now)}
        and (ids == [""] or withdrawal.record_id in ids)
        # Withdrawals made in the app, as all of a world's are, have no id of the client's.
        and order_id is None
    ]
    rows = list(call.shown(call.listed(found, lambda withdrawal: withdrawal.applied_at)))
    page = call.page(rows, call.number("offset"), call.number("limit"))
    return [_withdrawal_row(call, withdrawal) for withdrawal in page]


def _withdrawal_status(withdrawal: Withdrawal, now: datetime) -> int:
    if withdrawal.ended_at < now:
        return CANCELLED if withdrawal.is_cancelled else COMPLETED
    return PROCESSING if withdrawal.processed_at < now else AWAITING_APPROVAL


def _withdrawal_row(call: Call, withdrawal: Withdrawal) -> dict[str, Any]:
    status = _withdrawal_status(withdrawal, call.now)
    is_net = call.options.withdrawal_amount_is_net
    row: dict[str, Any] = {
        "id": withdrawal.record_id,
        "amount": padded(withdrawal.amount if is_net else withdrawal.debit),
        "transactionFee": short(withdrawal.fee),
        "coin": withdrawal.coin,
        "status": status,
        "address": _address(1, withdrawal.coin),
        "txId": withdrawal.tx_id if status == COMPLETED else "",
        "applyTime": second_text(withdrawal.applied_at),
        "network": withdrawal.network,
        "transferType": 0,
        "info": "",
        "confirmNo": 1 if status == COMPLETED else 0,
        "walletType": WALLET_TYPES[withdrawal.wallet],
        "txKey": "",
    }
    if status == COMPLETED:
        row["completeTime"] = second_text(withdrawal.ended_at)
    return row


PAGE = (whole("offset", 0), whole("limit", 1_000, at_least=1, at_most=1_000))
FACES = (
    Face(
        "GET",
        "/sapi/v1/capital/deposit/hisrec",
        deposits,
        SAPI_IP,
        1,
        (
            flag("includeSource"),
            text("coin"),
            whole("status"),
            *WINDOW,
            *PAGE,
            text("txId"),
        ),
    ),
    Face(
        "GET",
        "/sapi/v1/capital/withdraw/history",
        withdrawals,
        SAPI_UID_SECOND,
        18_000,
        (
            text("coin"),
            text("withdrawOrderId"),
            whole("status"),
            *PAGE,
            text("idList"),
            *WINDOW,
        ),
    ),
)
