"""How a movement looks as a record of `GET /v1/transactions` at an instant.

The shapes are those of the recorded and published samples: what is not known yet is absent, `-1`,
null or an empty object, and what the deprecated numbers say is only nearly true.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.fireblocks.movements import Movement, Peer, Stage
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.wire import deprecated_number, epoch_ms, plain

UNKNOWN_AMOUNT = -1
_WITHOUT_EFFECT = frozenset({"FAILED", "CANCELLED", "REJECTED", "BLOCKED"})
# A signature as in the published sample of a typed message; nothing verifies it.
_SIGNATURE = {"r": "2e31d257", "s": "36230e96", "v": 0, "fullSig": "2e31d25736230e96"}


def record(movement: Movement, now: datetime, options: FireblocksOptions) -> dict[str, Any]:
    """Return the record as the venue shows it at `now`, which is not before its creation."""
    stage = movement.stage_at(now)
    if stage is None:
        raise ValueError(f"{movement.tx_id} does not exist yet.")
    # What the venue has detected it knows from the first; what it made, once that is in a block.
    is_known = stage.is_mined or movement.is_incoming
    shown: dict[str, Any] = {
        "id": movement.tx_id,
        "createdAt": epoch_ms(movement.created_at),
        "lastUpdated": epoch_ms(last_updated(movement, now)),
        "assetId": movement.asset.id,
        "source": _peer(movement.source),
        "destination": _peer(movement.destination),
        **_amounts(movement, stage, options),
        "sourceAddress": _address(movement, movement.source) if is_known else "",
        "destinationAddress": _address(movement, movement.destination) if is_known else "",
        "destinationAddressDescription": "",
        "destinationTag": "",
        "status": stage.status,
        "txHash": movement.tx_hash if stage.has_hash else "",
        "subStatus": stage.sub_status,
        "signedBy": [movement.created_by] if stage.has_hash and movement.created_by else [],
        "createdBy": movement.created_by,
        "rejectedBy": movement.created_by if stage.sub_status == "REJECTED_BY_USER" else "",
        "addressType": _address_type(movement),
        "note": movement.note,
        "exchangeTxId": "",
        "feeCurrency": movement.asset.chain.base_asset,
        "operation": movement.operation,
        "customerRefId": None,
        "destinations": [_destination(*entry) for entry in movement.destinations],
        "externalTxId": None,
        "blockInfo": _block_info(movement, stage, options),
        "signedMessages": _signed_messages(movement, stage),
        "assetType": movement.asset.type,
    }
    if is_known:
        shown["numOfConfirmations"] = _confirmations(movement, stage, now)
        if movement.index is not None:
            shown["index"] = movement.index
    if movement.treat_as_gross:
        shown["treatAsGrossAmount"] = True
    if movement.error_description and stage.status == "FAILED":
        shown["errorDescription"] = movement.error_description
    return shown


def _amounts(movement: Movement, stage: Stage, options: FireblocksOptions) -> dict[str, Any]:
    """Return the amounts: as strings of record, and as the numbers that lose their digits."""
    if movement.requested is None:
        unknown = dict.fromkeys(("netAmount", "fee", "networkFee"), UNKNOWN_AMOUNT)
        nothing = dict.fromkeys(("requestedAmount", "amount", "amountUSD"))
        return {**nothing, **unknown, "amountInfo": {}, "feeInfo": {}}
    requested = plain(movement.requested)
    info = {"amount": requested, "requestedAmount": requested}
    number = deprecated_number(movement.requested)
    shown: dict[str, Any] = {"requestedAmount": number, "amount": number, "amountUSD": None}
    fee_info: dict[str, str] = {}
    net, fee = movement.net, movement.network_fee
    is_known = stage.is_mined or movement.is_incoming
    if is_known and net is not None and fee is not None:
        info["netAmount"] = plain(net)
        shown["netAmount"] = deprecated_number(net)
        if stage.status == "FAILED" and not options.failed_fee_is_known:
            fee = Decimal(UNKNOWN_AMOUNT)
        fee_info["networkFee"] = plain(fee)
        if movement.gas_price_gwei is not None:
            fee_info["gasPrice"] = plain(movement.gas_price_gwei)
        shown["fee"] = shown["networkFee"] = deprecated_number(fee)
    elif stage.status in _WITHOUT_EFFECT:
        shown["netAmount"] = shown["fee"] = shown["networkFee"] = UNKNOWN_AMOUNT
    return {**shown, "amountInfo": info, "feeInfo": fee_info}


def _peer(peer: Peer) -> dict[str, Any]:
    return {"id": peer.id, "type": peer.type, "name": peer.name, "subType": peer.sub_type}


def _destination(peer: Peer, amount: Decimal) -> dict[str, Any]:
    return {
        "destinationAddress": peer.address,
        "destinationAddressDescription": "",
        "amount": plain(amount),
        "amountUSD": None,
        "destination": _peer(peer),
    }


def _address(movement: Movement, peer: Peer) -> str:
    """Return an address; the inputs of a UTXO transaction have no single one."""
    is_utxo_source = movement.asset.chain.family == "utxo" and peer is movement.source
    return "" if is_utxo_source else peer.address


def _address_type(movement: Movement) -> str:
    if movement.is_incoming or movement.requested is None:
        return ""
    kinds = {
        "ONE_TIME_ADDRESS": "ONE_TIME",
        "EXTERNAL_WALLET": "WHITELISTED",
        "INTERNAL_WALLET": "WHITELISTED",
    }
    return kinds.get(movement.destination.type, "")


def _block_info(movement: Movement, stage: Stage, options: FireblocksOptions) -> dict[str, Any]:
    chain, height = movement.asset.chain, movement.height
    is_told = chain.wallets_have_height or options.heightless_records_name_blocks
    if not stage.is_mined or height is None or not is_told:
        return {}
    block_hash = None if movement.destinations else chain.block_hash(height)
    return {"blockHeight": str(height), "blockHash": block_hash}


def _confirmations(movement: Movement, stage: Stage, now: datetime) -> int:
    """Count blocks while the record confirms; what has ended stays at what its chain asks for."""
    chain = movement.asset.chain
    if movement.height is None or not stage.is_mined:
        return 0
    if stage is movement.stages[-1]:
        return 1 if stage.status == "FAILED" else chain.confirmations
    blocks = chain.height_at(now) - movement.height + 1
    return max(1, min(blocks, chain.confirmations))


def last_updated(movement: Movement, now: datetime) -> datetime:
    """Return the instant of the last change by `now`: a new stage, or one confirmation more."""
    chain, height = movement.asset.chain, movement.height
    stage = movement.stage_at(now) or movement.stages[0]
    if height is None or not stage.is_mined or stage is movement.stages[-1]:
        return stage.at
    newest = min(chain.height_at(now), height + chain.confirmations - 1)
    return max(stage.at, chain.mined_at(newest))


def _signed_messages(movement: Movement, stage: Stage) -> list[dict[str, Any]]:
    if movement.requested is not None or stage.status != "COMPLETED":
        return []
    return [
        {
            "content": movement.tx_id.replace("-", ""),
            "algorithm": "MPC_ECDSA_SECP256K1",
            "derivationPath": [44, 0, 0, 0, 0],
            "signature": _SIGNATURE,
            "publicKey": f"03{movement.tx_id.replace('-', '')}",
        }
    ]
