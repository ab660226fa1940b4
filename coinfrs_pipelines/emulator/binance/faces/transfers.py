"""The faces of transfers: between wallets of an account, and within a family from both ends."""

from datetime import timedelta
from itertools import islice
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.calls import PAGE, WINDOW, Call, Face, flag, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP
from coinfrs_pipelines.emulator.binance.records import FamilyTransfer
from coinfrs_pipelines.emulator.binance.wallets import (
    ACCOUNT_TYPES,
    NEEDS_FROM_SYMBOL,
    NEEDS_TO_SYMBOL,
    TRANSFER_TYPES,
    isolated_symbol,
)
from coinfrs_pipelines.emulator.binance.wire import milliseconds, short

ASSET_TRANSFER_RETENTION = timedelta(days=182)
INTO_SUB, OUT_OF_SUB = 1, 2


def asset_transfers(call: Call) -> Any:
    """List the account's own transfers of one type; what is older than half a year is gone."""
    kind = str(call.text("type"))
    for name, kinds in (("fromSymbol", NEEDS_FROM_SYMBOL), ("toSymbol", NEEDS_TO_SYMBOL)):
        if kind in kinds and call.text(name) is None:
            raise refusals.mandatory(name)
    start, end = call.window(timedelta(days=7))
    start = max(start, call.oldest(ASSET_TRANSFER_RETENTION))
    found = [
        transfer
        for transfer in call.world.history.wallet_transfers
        if transfer.uid == call.account.uid
        and transfer.kind == kind
        and transfer.at < call.now
        and start <= transfer.at <= end
        and call.text("fromSymbol") in {None, isolated_symbol(transfer.source)}
        and call.text("toSymbol") in {None, isolated_symbol(transfer.target)}
    ]
    rows = list(call.shown(call.listed(found, lambda transfer: transfer.at)))
    page = call.paged(rows, call.number("current"), call.number("size"))
    return {
        "total": len(rows),
        "rows": [
            {
                "asset": transfer.asset,
                "amount": short(transfer.amount),
                "type": transfer.kind,
                "status": "CONFIRMED" if transfer.is_confirmed else "FAILED",
                "tranId": transfer.tran_id,
                "timestamp": milliseconds(transfer.at),
            }
            for transfer in page
        ],
    }


def universal_transfers(call: Call) -> Any:
    """List the family's transfers by sender or receiver; without either, what the master sent."""
    sender, receiver = call.text("fromEmail"), call.text("toEmail")
    if sender is not None and receiver is not None:
        raise refusals.bad_combination()
    source_uid = target_uid = None
    if receiver is not None:
        target_uid = _relative(call, receiver).uid
    else:
        source_uid = (_relative(call, sender) if sender else call.world.master).uid
    start, end = call.window(timedelta(days=7), 7, is_strict=True)
    found = [
        transfer
        for transfer in call.world.history.family_transfers
        if transfer.at < call.now
        and start <= transfer.at <= end
        and source_uid in {None, transfer.source_uid}
        and target_uid in {None, transfer.target_uid}
        and call.text("clientTranId") in {None, transfer.client_tran_id}
    ]
    rows = list(call.shown(call.listed(found, lambda transfer: transfer.at)))
    page = call.paged(rows, call.number("page"), call.number("limit"))
    return {
        "result": [
            {
                "tranId": transfer.tran_id,
                "fromEmail": call.world.account(transfer.source_uid).email,
                "toEmail": call.world.account(transfer.target_uid).email,
                "asset": transfer.asset,
                "amount": short(transfer.amount),
                "createTimeStamp": milliseconds(transfer.at),
                "fromAccountType": ACCOUNT_TYPES[transfer.source_wallet],
                "toAccountType": ACCOUNT_TYPES[transfer.target_wallet],
                "status": "SUCCESS" if transfer.is_successful else "FAILURE",
                "clientTranId": transfer.client_tran_id,
            }
            for transfer in page
        ],
        "totalCount": len(rows),
    }


def _relative(call: Call, email: str) -> Account:
    found = call.world.by_email(email)
    if found is None:
        raise refusals.no_relation()
    return found


def sub_user_history(call: Call) -> Any:
    """List a sub-account's own view of the family's transfers, in one direction, without pages."""
    direction, uid = call.number("type"), call.account.uid
    if direction not in {INTO_SUB, OUT_OF_SUB}:
        raise refusals.invalid("type")
    start, end = call.window(timedelta(days=30), 30)
    found = [
        transfer
        for transfer in call.world.history.family_transfers
        if transfer.at < call.now
        and start <= transfer.at <= end
        and uid == (transfer.target_uid if direction == INTO_SUB else transfer.source_uid)
        and call.text("asset") in {None, transfer.asset}
        and (transfer.is_successful or call.flag("returnFailHistory"))
    ]
    rows = call.listed(found, lambda transfer: transfer.at)
    page = list(islice(call.shown(rows), call.number("limit")))
    return [_sub_user_row(call, transfer, direction) for transfer in call.answered(page)]


def _sub_user_row(call: Call, transfer: FamilyTransfer, direction: int) -> dict[str, Any]:
    is_into = direction == INTO_SUB
    other = call.world.account(transfer.source_uid if is_into else transfer.target_uid)
    shares_id = call.options.sub_history_shares_tran_id
    return {
        "counterParty": "master" if other.is_master else "subAccount",
        "email": other.email,
        "type": direction,
        "asset": transfer.asset,
        "qty": short(transfer.amount),
        "fromAccountType": ACCOUNT_TYPES[transfer.source_wallet],
        "toAccountType": ACCOUNT_TYPES[transfer.target_wallet],
        "status": "SUCCESS" if transfer.is_successful else "FAILURE",
        "tranId": transfer.tran_id if shares_id else transfer.sub_history_tran_id,
        "time": milliseconds(transfer.at),
    }


def sub_account_list(call: Call) -> Any:
    """List the sub-accounts: one per page unless more are asked for."""
    subs = [
        account
        for account in call.world.accounts
        if not account.is_master
        and call.text("email") in {None, account.email}
        and call.text("isFreeze") in {None, "false"}
    ]
    limit = call.number("limit")
    first = (call.number("page") - 1) * limit
    shift = 0 if call.options.sub_user_id_is_uid else 500
    return {
        "subAccounts": [
            {
                "subUserId": account.uid + shift,
                "email": account.email,
                "remark": account.name,
                "isFreeze": False,
                "createTime": milliseconds(account.created_at),
                "isManagedSubAccount": account.is_managed,
                "isAssetManagementSubAccount": False,
            }
            for account in subs[first : first + limit]
        ]
    }


FACES = (
    Face(
        "GET",
        "/sapi/v1/asset/transfer",
        asset_transfers,
        SAPI_IP,
        1,
        (
            text("type", mandatory=True, one_of=TRANSFER_TYPES),
            *WINDOW,
            *PAGE,
            text("fromSymbol"),
            text("toSymbol"),
        ),
    ),
    Face(
        "GET",
        "/sapi/v1/sub-account/universalTransfer",
        universal_transfers,
        SAPI_IP,
        1,
        (
            text("fromEmail"),
            text("toEmail"),
            text("clientTranId"),
            *WINDOW,
            whole("page", 1, at_least=1),
            whole("limit", 500, at_least=1, at_most=500),
        ),
        keys="master",
        needs_sub_accounts=True,
    ),
    Face(
        "GET",
        "/sapi/v1/sub-account/transfer/subUserHistory",
        sub_user_history,
        SAPI_IP,
        1,
        (
            text("asset"),
            whole("type", OUT_OF_SUB),
            *WINDOW,
            whole("limit", 500, at_least=1, at_most=500),
            flag("returnFailHistory"),
        ),
        keys="sub_account",
    ),
    Face(
        "GET",
        "/sapi/v1/sub-account/list",
        sub_account_list,
        SAPI_IP,
        1,
        (
            text("email"),
            text("isFreeze", one_of=("true", "false")),
            whole("page", 1, at_least=1),
            whole("limit", 1, at_least=1, at_most=200),
        ),
        keys="master",
        needs_sub_accounts=True,
    ),
)
