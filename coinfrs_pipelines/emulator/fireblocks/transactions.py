"""The faces of transactions: the list with its windows and cursors, one by id, an address check."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from urllib.parse import quote

from coinfrs_pipelines.emulator.fireblocks import paging, refusals
from coinfrs_pipelines.emulator.fireblocks.calls import HOST, Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.records import last_updated, record
from coinfrs_pipelines.emulator.fireblocks.users import EDITORS, VIEWERS
from coinfrs_pipelines.emulator.fireblocks.wire import epoch_ms
from coinfrs_pipelines.emulator.ledger import EXACT

_LIMIT_DEFAULT, _LIMIT_MAX = 200, 500
# Without bounds the venue looks back this far; "may change over time".
_LOOK_BACK = timedelta(days=90)
# What makes up a query; a cursor holds all of it.
_ASKED = (
    "after",
    "before",
    "status",
    "limit",
    "sort",
    "sourceType",
    "sourceId",
    "destType",
    "destId",
    "assets",
    "txHash",
    "sourceWalletId",
    "destWalletId",
)
# The types that a filter knows; records have more.
_TYPES = frozenset(
    {
        "VAULT_ACCOUNT",
        "EXCHANGE_ACCOUNT",
        "INTERNAL_WALLET",
        "EXTERNAL_WALLET",
        "CONTRACT",
        "FIAT_ACCOUNT",
        "NETWORK_CONNECTION",
        "COMPOUND",
        "OEC_PARTNER",
        "END_USER_WALLET",
    }
)
_SOURCE_TYPES = _TYPES | {"UNKNOWN", "GAS_STATION", "PROGRAM_CALL", "MULTI_DESTINATION"}
_DESTINATION_TYPES = _TYPES | {
    "ONE_TIME_ADDRESS",
    "CONNECTED_ACCOUNT",
    "PROGRAM_CALL",
    "MULTI_DESTINATION",
}


def _list(call: Call) -> Answer:
    """List by creation time, newest first; with `orderBy` there are no cursors."""
    next_cursor, previous_cursor = call.query.get("next"), call.query.get("prev")
    cursor = next_cursor or previous_cursor
    if cursor and "orderBy" in call.query:
        raise refusals.bad_parameter("orderBy cannot be used together with a cursor.")
    mark, call = (None, call) if not cursor else _resumed(call, cursor)
    limit = call.whole("limit", _LIMIT_DEFAULT, 1, _LIMIT_MAX)
    _check_types(call)
    key = _sort_key(call)
    movements = sorted((each for each in _in_window(call) if _matches(call, each)), key=key)
    page = paging.cut(
        movements,
        key,
        order=call.order("sort", "DESC"),
        limit=limit,
        after=mark if next_cursor else None,
        before=None if next_cursor else mark,
        early=call.faults.takes_repeat(call.path, limit) if next_cursor else 0,
    )
    body = [_record(call, movement) for movement in _shown(call, page.rows)]
    if "orderBy" in call.query:
        return Answer(body)
    asked = {name: call.query[name] for name in _ASKED if name in call.query}
    asked.setdefault("before", str(epoch_ms(call.now)))
    headers = {}
    for name, header, end in (
        ("next", "next-page", page.after),
        ("prev", "prev-page", page.before),
    ):
        if end is not None:
            cursor = quote(paging.encode(end, asked), safe="")
            headers[header] = f"{HOST}/v1/transactions?{name}={cursor}"
    return Answer(body, headers)


def _resumed(call: Call, cursor: str) -> tuple[paging.SortKey, Call]:
    """Return the cursor's mark, and the call with what the cursor was made for."""
    mark, asked = paging.decode(cursor)
    for name in _ASKED:
        # A page of another size is fine; the rest of the question stays what it was.
        if name != "limit" and name in call.query and call.query[name] != asked.get(name):
            raise refusals.bad_parameter(f"{name} differs from what the cursor was made for.")
    return mark, call.asking({**asked, **call.query})


def _in_window(call: Call) -> Iterable[Movement]:
    """Yield what was created between `after` and `before`, whatever the order."""
    after = call.instant("after") or call.now - _LOOK_BACK
    before = call.instant("before") or call.now
    # Without `before` the window ends now, and what was made just now is in it.
    is_inclusive = call.world.options.window_bounds == "inclusive"
    for movement in call.world.movements_between(after, min(before, call.now)):
        created_at = movement.created_at
        is_inside = after < created_at < before
        is_at_bound = created_at == before and "before" not in call.query
        if is_inside or is_at_bound or (is_inclusive and created_at in (after, before)):
            yield movement


def _check_types(call: Call) -> None:
    for name, known in (("sourceType", _SOURCE_TYPES), ("destType", _DESTINATION_TYPES)):
        if call.query.get(name, "VAULT_ACCOUNT") not in known:
            raise refusals.bad_parameter(f"{name} is not one that can be asked for.")


def _matches(call: Call, movement: Movement) -> bool:
    stage = movement.stage_at(call.now)
    assets = call.query.get("assets")
    facts = {
        "status": stage.status if stage else None,
        "sourceType": movement.source.type,
        "sourceId": movement.source.id,
        "destType": movement.destination.type,
        "destId": movement.destination.id,
        "txHash": movement.tx_hash if stage and stage.has_hash else None,
        # There are no embedded wallets here, whose ids these would be.
        "sourceWalletId": None,
        "destWalletId": None,
    }
    return all(call.query.get(name, fact) == fact for name, fact in facts.items()) and (
        assets is None or movement.asset.id in assets.split(",")
    )


def _sort_key(call: Call) -> Callable[[Movement], paging.SortKey]:
    by = call.query.get("orderBy", "createdAt")
    if by not in {"createdAt", "lastUpdated"}:
        raise refusals.bad_parameter("orderBy must be createdAt or lastUpdated.")

    def key(movement: Movement) -> paging.SortKey:
        at = movement.created_at if by == "createdAt" else last_updated(movement, call.now)
        return (epoch_ms(at), movement.tx_id)

    return key


def _shown(call: Call, movements: Iterable[Movement]) -> Iterable[Movement]:
    return (movement for movement in movements if call.shows(movement.tx_id))


def _record(call: Call, movement: Movement) -> dict[str, object]:
    return record(movement, call.now, call.world.options)


def _by_id(call: Call) -> Answer:
    return _single(call, call.world.movement(call.segments["tx_id"]))


def _by_external_id(call: Call) -> Answer:
    return _single(call, call.world.movement_of_external_id(call.segments["external_tx_id"]))


def _single(call: Call, movement: Movement | None) -> Answer:
    if movement is None or movement.created_at > call.now or not list(_shown(call, [movement])):
        raise refusals.not_found("The transaction")
    return Answer(_record(call, movement))


def _receipt(call: Call) -> Answer:
    """Tell what the chain knows of a mined EVM transaction: the gas is final, be it reverted.

    The fee of a chain that settles on another is told beside the gas, as its nodes tell it.
    """
    asset = ASSETS.get(call.segments["base_asset_id"])
    movement = call.world.movement_of_hash(call.segments["tx_hash"])
    if asset is None or asset.is_token or asset.chain.family != "evm":
        raise refusals.bad_parameter("The base asset is not one of an EVM chain.")
    if movement is None or movement.asset.chain is not asset.chain:
        raise refusals.not_found("The transaction receipt")
    stage = movement.stage_at(call.now)
    is_mined = movement.height is not None and asset.chain.height_at(call.now) >= movement.height
    is_shown = stage is not None and any(_shown(call, [movement]))
    if not is_mined or not is_shown or movement.height is None:
        raise refusals.not_found("The transaction receipt")
    return Answer(_receipt_of(movement, movement.height))


def _receipt_of(movement: Movement, height: int) -> dict[str, object]:
    chain = movement.asset.chain
    wei = int((movement.gas_price_gwei or Decimal(0)).scaleb(9))
    fee = EXACT.subtract(movement.network_fee or Decimal(0), movement.l1_fee or Decimal(0))
    gas = int(fee.scaleb(ASSETS[chain.base_asset].decimals)) // wei
    receipt: dict[str, object] = {
        "blockHash": chain.block_hash(height),
        "blockNumber": height,
        "contractAddress": None,
        "cumulativeGasUsed": gas * 3,
        "effectiveGasPrice": wei,
        "from": movement.source.address,
        "gasUsed": gas,
        "logs": [],
        "logsBloom": "0x" + "0" * 512,
        "status": 0 if movement.stages[-1].status == "FAILED" else 1,
        "to": movement.destination.address,
        "transactionHash": movement.tx_hash,
        "transactionIndex": 2,
        "type": "0x2",
    }
    if movement.l1_fee is not None:
        receipt["l1Fee"] = int(movement.l1_fee.scaleb(ASSETS[chain.base_asset].decimals))
    return receipt


def _validate_address(call: Call) -> Answer:
    asset = ASSETS.get(call.segments["asset_id"])
    if asset is None:
        raise refusals.bad_parameter("The asset is not supported.")
    return Answer(
        {"isValid": True, "isActive": True, "requiresTag": asset.chain.base_asset == "XRP"}
    )


FACES = (
    Face("/v1/transactions", VIEWERS, _list),
    Face("/v1/transactions/{tx_id}", VIEWERS, _by_id),
    Face("/v1/transactions/external_tx_id/{external_tx_id}", VIEWERS, _by_external_id),
    Face(
        "/v1/contract_interactions/base_asset_id/{base_asset_id}/tx_hash/{tx_hash}/receipt",
        VIEWERS,
        _receipt,
    ),
    Face("/v1/transactions/validate_address/{asset_id}/{address}", EDITORS, _validate_address),
)
