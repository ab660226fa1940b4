"""The faces of staking positions, which hold what has left the wallets of vault accounts."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.fireblocks import paging, refusals, staking
from coinfrs_pipelines.emulator.fireblocks.calls import Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.staking import StakingPosition
from coinfrs_pipelines.emulator.fireblocks.users import VIEWERS
from coinfrs_pipelines.emulator.fireblocks.wire import epoch_ms, plain

_SIZE_MAX = 100


def _all(call: Call) -> list[StakingPosition]:
    return list(staking.positions(call.world.movements_by(call.now), call.now))


def _position(found: StakingPosition) -> dict[str, Any]:
    asset = found.stake.asset
    is_solana = asset.chain.name == "Solana"
    told: dict[str, Any] = {"isCompoundingValidator": False}
    if is_solana:
        told = {
            "stakeAccountAddress": found.stake.destination.address,
            "stakeAccountDerivationChangeValue": 0,
        }
    in_progress = found.status in {"PENDING", "WITHDRAWING"}
    return {
        "id": found.id,
        "vaultAccountId": found.stake.source.vault_id,
        "validatorName": "Figment",
        "providerName": "Figment",
        "chainDescriptor": asset.chain.base_asset,
        "amount": plain(found.amount),
        "rewardsAmount": None,
        "dateCreated": found.stake.created_at.isoformat(timespec="milliseconds"),
        "dateUpdated": found.updated_at.isoformat(timespec="milliseconds"),
        "status": found.status,
        "validatorAddress": found.stake.destination.address,
        "providerId": "figment",
        "availableActions": ["UNSTAKE"] if found.status == "ACTIVE" else [],
        "inProgress": in_progress,
        "blockchainPositionInfo": told,
    }


def _movements_of(call: Call, found: StakingPosition) -> list[Movement]:
    return [
        movement
        for movement in call.world.movements_by(call.now)
        if movement.stake_id == found.id and call.shows(movement.tx_id)
    ]


def _with_transactions(call: Call, found: StakingPosition) -> dict[str, Any]:
    """Return a position in the older shape, which names its transactions."""
    related = [
        {"txId": movement.tx_id, "completed": movement.concluded_by(call.now)}
        for movement in _movements_of(call, found)
    ]
    return {**_position(found), "relatedTransactions": related}


def _positions_paginated(call: Call) -> Answer:
    """List the positions, the oldest first; `pageSize` is required."""
    limit = call.whole("pageSize", None, 1, _SIZE_MAX)
    return _paged(call, _all(call), limit)


def _paged(call: Call, found: Sequence[StakingPosition], limit: int) -> Answer:
    def key(position: StakingPosition) -> paging.SortKey:
        return epoch_ms(position.stake.created_at), position.id

    cursor = call.query.get("pageCursor")
    page = paging.cut(
        sorted(found, key=key),
        key,
        order=call.order("order", "ASC"),
        limit=limit,
        after=paging.decode(cursor)[0] if cursor else None,
        early=call.faults.takes_repeat(call.path, limit) if cursor else 0,
    )
    following = paging.encode(page.after) if page.after else None
    return Answer({"data": [_position(each) for each in page.rows], "next": following})


def _positions(call: Call) -> Answer:
    """List all positions at once."""
    asked = call.query.get("chainDescriptor")
    shown = [each for each in _all(call) if asked in (None, each.stake.asset.chain.base_asset)]
    return Answer([_with_transactions(call, each) for each in shown])


def _one(call: Call) -> StakingPosition:
    for each in _all(call):
        if each.id == call.segments["position_id"]:
            return each
    raise refusals.not_found("The staking position")


def _position_by_id(call: Call) -> Answer:
    return Answer(_with_transactions(call, _one(call)))


def _related_transactions(call: Call) -> Answer:
    """List the transactions of a position with what each has moved."""
    call.whole("pageSize", None, 1, _SIZE_MAX)
    related = [
        {
            "txId": movement.tx_id,
            "txHash": movement.tx_hash,
            "stakingOperation": "WITHDRAW" if movement.is_incoming else "STAKE",
            "timestamp": movement.created_at.isoformat(timespec="milliseconds"),
            "status": "COMPLETED" if movement.concluded_by(call.now) else "PENDING",
            "amount": plain(movement.net or Decimal(0)),
        }
        for movement in _movements_of(call, _one(call))
    ]
    return Answer({"data": related, "next": None})


_ONE = "/v1/staking/positions/{position_id}"
FACES = (
    Face("/v1/staking/positions_paginated", VIEWERS, _positions_paginated),
    Face("/v1/staking/positions", VIEWERS, _positions),
    Face(_ONE, VIEWERS, _position_by_id),
    Face(f"{_ONE}/related_transactions", VIEWERS, _related_transactions),
)
