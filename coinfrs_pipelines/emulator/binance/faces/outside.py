"""The faces of what moves wallets from outside the exchange of coins: investors, a custodian.

Whoever has no part in it is refused, or shown an empty list: which of the two is not documented.
"""

from datetime import datetime
from typing import Any

from coinfrs_pipelines.emulator.binance import refusals
from coinfrs_pipelines.emulator.binance.accounts import FIRST_INVESTMENT_UID, invested_in
from coinfrs_pipelines.emulator.binance.authoring.outside import CUSTODY, MANAGED
from coinfrs_pipelines.emulator.binance.calls import PAGE, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SAPI_UID
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import milliseconds, short, whole_second

HALF_A_YEAR = 182


def managed_sub_accounts(call: Call) -> Any:
    """List the managed sub-accounts that a master invests in: here one, of somebody else's."""
    account = call.account
    found = [
        {
            "rootUserId": account.uid,
            "managersubUserId": FIRST_INVESTMENT_UID + account.uid,
            "bindParentUserId": account.uid,
            "email": invested_in(account),
            "insertTimeStamp": milliseconds(account.created_at),
            "bindParentEmail": account.email,
            "isSubUserEnabled": True,
            "isUserActive": True,
            "isMarginEnabled": False,
            "isFutureEnabled": False,
            "isSignedLVTRiskAgreement": False,
        }
    ]
    found = [each for each in found if call.text("email") in {None, each["email"]}]
    page = call.paged(found, call.number("page"), call.number("limit"))
    return {"total": len(found), "managerSubUserInfoVoList": page}


def investment_transfers(call: Call) -> Any:
    """List the transfers with one managed sub-account that a master invests in."""
    if call.text("email") != invested_in(call.account):
        raise refusals.no_relation()
    return _managed_transfers(call)


def managed_transfers(call: Call) -> Any:
    """List the transfers of a managed sub-account by its own key; another sub-account has none."""
    if not call.account.is_managed:
        raise refusals.no_relation()
    return _managed_transfers(call)


def _managed_transfers(call: Call) -> Any:
    start, end = call.window(None, HALF_A_YEAR)
    rows = call.movements(MANAGED, start, end, where=lambda m: _is_asked_for(call, m))
    page = call.paged(rows, call.number("page"), call.number("limit"))
    return {
        "managerSubTransferHistoryVos": [
            {
                "fromEmail": movement.fields["from_email"],
                "fromAccountType": "SPOT",
                "toEmail": movement.fields["to_email"],
                "toAccountType": "SPOT",
                "asset": movement.fields["asset"],
                "amount": short(movement.fields["amount"]),
                "scheduledData": milliseconds(movement.at),
                "createTime": milliseconds(movement.at),
                "status": "SUCCESS" if movement.fields["is_successful"] else "FAILURE",
                "tranId": int(movement.record_id),
            }
            for movement in page
        ],
        "count": len(rows),
    }


def _is_asked_for(call: Call, movement: Movement) -> bool:
    """Return whether the filters let a transfer through; FROM is one out of the sub-account."""
    is_from = movement.fields["from_email"] == movement.fields["managed_email"]
    direction = (call.text("transfers") or "").upper()
    return direction in {"", "FROM" if is_from else "TO"} and (
        call.text("transferFunctionAccountType") in {None, "SPOT"}
    )


def custody_transfers(call: Call) -> Any:
    """List what a custodian has lent to one sub-account, or taken back; most have none."""
    sub = call.world.by_email(str(call.text("email")))
    if sub is None:
        raise refusals.no_relation()
    start, end = call.window(None)
    rows = call.movements(
        CUSTODY,
        start,
        end,
        uid=sub.uid,
        at=_told_second,
        where=lambda m: (
            call.text("asset") in {None, m.fields["asset"]}
            and (call.text("type") or _direction(m)).upper() == _direction(m).upper()
        ),
        order="newest_first",
    )
    return {
        "total": len(rows),
        "rows": [
            {
                "clientTranId": movement.record_id,
                "transferType": _direction(movement),
                "asset": movement.fields["asset"],
                "amount": short(movement.fields["amount"]),
                "time": milliseconds(_told_second(movement)),
            }
            for movement in call.paged(rows, call.number("current"), call.number("size"))
        ],
    }


def _direction(movement: Movement) -> str:
    return "Delegate" if movement.fields["is_delegated"] else "Undelegate"


def _told_second(movement: Movement) -> datetime:
    return whole_second(movement.at)


BOTH_TIMES = (whole("startTime", mandatory=True), whole("endTime", mandatory=True))
MANAGED_WINDOW = (
    *BOTH_TIMES,
    whole("page", mandatory=True, at_least=1),
    whole("limit", mandatory=True, at_least=1, at_most=500),
    text("transfers"),
    text("transferFunctionAccountType"),
)
FACES = (
    Face(
        "GET",
        "/sapi/v1/managed-subaccount/info",
        managed_sub_accounts,
        SAPI_UID,
        60,
        (
            text("email"),
            whole("page", 1, at_least=1),
            whole("limit", 20, at_least=1, at_most=20),
        ),
        keys="master",
    ),
    Face(
        "GET",
        "/sapi/v1/managed-subaccount/queryTransLogForInvestor",
        investment_transfers,
        SAPI_IP,
        1,
        (text("email", mandatory=True), *MANAGED_WINDOW),
        keys="master",
    ),
    Face(
        "GET",
        "/sapi/v1/managed-subaccount/query-trans-log",
        managed_transfers,
        SAPI_UID,
        60,
        MANAGED_WINDOW,
        keys="sub_account",
    ),
    Face(
        "GET",
        "/sapi/v1/asset/custody/transfer-history",
        custody_transfers,
        SAPI_IP,
        60,
        (text("email", mandatory=True), *BOTH_TIMES, text("type"), text("asset"), *PAGE),
        keys="master",
    ),
)
