"""The faces of flexible loans and their liquidation, and of VIP loans and their repayment."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from coinfrs_pipelines.emulator.binance.authoring.liquidations import KIND as LIQUIDATION
from coinfrs_pipelines.emulator.binance.authoring.vip_loans import KIND as VIP_BORROW
from coinfrs_pipelines.emulator.binance.calls import WINDOW, Call, Face, text, whole
from coinfrs_pipelines.emulator.binance.faces.staking import Row, status
from coinfrs_pipelines.emulator.binance.limits import SAPI_IP, SAPI_UID, Bucket
from coinfrs_pipelines.emulator.binance.records import Movement
from coinfrs_pipelines.emulator.binance.wire import EPOCH, milliseconds, short

DAYS_DEFAULT, DAYS_MAX = timedelta(days=90), 180
WEIGHT = 400
LENDING = {"PENDING": "PROCESSING", "SUCCESS": "SUCCEEDS", "FAILED": "FAILED"}
REPAYING = {"PENDING": "REPAYING", "SUCCESS": "REPAID", "FAILED": "FAILED"}
VIP_REPAYING = {"PENDING": "Repaying", "SUCCESS": "Repaid", "FAILED": "Failed"}


def _history(kind: str, row: Row) -> Callable[[Call], Any]:
    def answer(call: Call) -> Any:
        start, end = call.window(DAYS_DEFAULT, DAYS_MAX)
        rows = call.movements(
            kind,
            start,
            end,
            where=lambda m: (
                call.text("loanCoin") in {None, m.fields["coin"]}
                and call.text("collateralCoin") in {None, m.fields.get("collateral_coin")}
                and call.text("orderId") in {None, m.fields.get("order_id")}
            ),
        )
        page = call.paged(rows, call.number("current"), call.number("limit"))
        return {"rows": [row(call, movement) for movement in page], "total": len(rows)}

    return answer


def _borrow(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    return {
        "loanCoin": fields["coin"],
        "initialLoanAmount": short(fields["amount"]),
        "collateralCoin": fields["collateral_coin"],
        "initialCollateralAmount": short(fields["collateral"]),
        "borrowTime": milliseconds(movement.at),
        "status": LENDING[status(call, movement)],
    }


def _repay(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    return {
        "loanCoin": fields["coin"],
        "repayAmount": short(fields["amount"]),
        "collateralCoin": fields["collateral_coin"],
        "collateralReturn": short(fields["collateral"]),
        "repayStatus": REPAYING[status(call, movement)],
        "repayTime": milliseconds(movement.at),
    }


def _adjustment(_: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    return {
        "loanCoin": fields["coin"],
        "collateralCoin": fields["collateral_coin"],
        "direction": fields["direction"],
        "collateralAmount": short(fields["collateral"]),
        "preLTV": "0.78",
        "afterLTV": "0.56",
        "adjustTime": milliseconds(movement.at),
    }


def _liquidation(call: Call, movement: Movement) -> Mapping[str, Any]:
    """Tell what was sold and what is left, once both are known."""
    fields = movement.fields
    is_over = fields["ended_at"] < call.now
    return {
        "loanCoin": fields["coin"],
        "liquidationDebt": short(fields["debt"]),
        "collateralCoin": fields["collateral_coin"],
        "liquidationCollateralAmount": short(fields["sold"]) if is_over else "0",
        "returnCollateralAmount": short(fields["returned"]) if is_over else "0",
        "liquidationFee": short(fields["fee"]) if is_over else "0",
        "liquidationStartingPrice": short(fields["price"]),
        "liquidationStartingTime": milliseconds(movement.at),
        "status": "Liquidated" if is_over else "Liquidating",
    }


def _vip_repay(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    return {
        "loanCoin": fields["coin"],
        "repayAmount": short(fields["amount"]),
        "repayPrincipal": short(fields["amount"]),
        "repayInterest": "0",
        "collateralCoin": "BNB,BTC,ETH",
        "repayStatus": VIP_REPAYING[status(call, movement)],
        # Both times are text here.
        "loanDate": "1676851200000",
        "repayTime": str(milliseconds(movement.at)),
        "orderId": fields["order_id"],
    }


def vip_applications(call: Call) -> Any:
    """List every application of a master's, newest first."""
    rows = call.movements(VIP_BORROW, EPOCH, call.now, order="newest_first")
    page = call.paged(rows, call.number("current"), call.number("limit"))
    return {"rows": [_vip_borrow(call, movement) for movement in page], "total": len(rows)}


def _vip_borrow(call: Call, movement: Movement) -> Mapping[str, Any]:
    fields = movement.fields
    status = "Accruing_Interest" if fields["is_successful"] else "Failed"
    if fields["paid_at"] >= call.now:
        status = "Pending"
    return {
        "loanAccountId": str(movement.uid),
        "orderId": movement.record_id,
        "requestId": movement.record_id,
        "loanCoin": fields["coin"],
        "loanAmount": short(fields["amount"]),
        "collateralAccountId": str(movement.uid),
        "collateralCoin": "BNB,BTC,ETH",
        "loanTerm": fields["term"],
        "status": status,
        # Text, as all times of VIP loans.
        "loanDate": str(milliseconds(fields["paid_at"])),
    }


PAGE = (whole("current", 1, at_least=1), whole("limit", 10, at_least=1, at_most=100))


def _face(path: str, kind: str, row: Row, bucket: Bucket, *names: str) -> Face:
    parameters = (*(text(name) for name in names), *WINDOW, *PAGE)
    return Face("GET", path, _history(kind, row), bucket, WEIGHT, parameters)


COINS = ("loanCoin", "collateralCoin")
FLEXIBLE = "/sapi/v2/loan/flexible"
FACES = (
    Face(
        "GET",
        "/sapi/v1/loan/vip/request/data",
        vip_applications,
        SAPI_UID,
        WEIGHT,
        PAGE,
    ),
    _face(f"{FLEXIBLE}/borrow/history", "flexible_borrow", _borrow, SAPI_IP, *COINS),
    _face(f"{FLEXIBLE}/repay/history", "flexible_repay", _repay, SAPI_IP, *COINS),
    _face(
        f"{FLEXIBLE}/ltv/adjustment/history",
        "flexible_ltv_adjustment",
        _adjustment,
        SAPI_UID,
        *COINS,
    ),
    _face(f"{FLEXIBLE}/liquidation/history", LIQUIDATION, _liquidation, SAPI_IP, *COINS),
    _face(
        "/sapi/v1/loan/vip/repay/history", "vip_repay", _vip_repay, SAPI_IP, "loanCoin", "orderId"
    ),
)
