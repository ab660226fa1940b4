"""How a movement looks as a record of `GET /v1/transactions` at an instant.

The shapes are those of the recorded and published samples: what is not known yet is absent, `-1`,
null or an empty object, and what the deprecated numbers say is only nearly true.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.emulator.fireblocks.movements import (
    TERMINAL_STATUSES,
    Movement,
    NetworkRecord,
    Peer,
    Stage,
)
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.wire import deprecated_number, epoch_ms, plain
from coinfrs_pipelines.emulator.ledger import EXACT

UNKNOWN_AMOUNT = -1
_CALLS = frozenset({"CONTRACT_CALL", "PROGRAM_CALL"})
_WITHOUT_EFFECT = frozenset({"FAILED", "CANCELLED", "REJECTED", "BLOCKED"})
# A signature as in the published sample of a typed message; nothing verifies it.
_SIGNATURE = {"r": "2e31d257", "s": "36230e96", "v": 0, "fullSig": "2e31d25736230e96"}


def record(movement: Movement, now: datetime, options: FireblocksOptions) -> dict[str, Any]:
    """Return the record as the venue shows it at `now`, which is not before its creation."""
    stage = movement.stage_at(now)
    if stage is None:
        raise ValueError(f"{movement.tx_id} does not exist yet.")
    is_known = _is_known(movement, stage)
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
        "exchangeTxId": movement.exchange_tx_id if is_known else "",
        "feeCurrency": movement.asset.chain.base_asset,
        "operation": movement.operation,
        "customerRefId": None,
        "destinations": [_destination(*entry) for entry in movement.destinations],
        "externalTxId": movement.external_tx_id,
        "blockInfo": _block_info(movement, stage, options),
        "signedMessages": _signed_messages(movement, stage),
        "assetType": movement.asset.type,
    }
    if is_known:
        shown["numOfConfirmations"] = _confirmations(movement, stage, now)
        if movement.index is not None:
            shown["index"] = movement.index
    return {**shown, **_what_few_have(movement, stage, now)}


def _is_known(movement: Movement, stage: Stage) -> bool:
    """Whether amounts and addresses are told: of what the venue made, once it is in a block.

    What comes in is known as soon as its chain shows it.
    """
    return stage.is_mined or (movement.is_incoming and stage.has_hash)


def _what_few_have(movement: Movement, stage: Stage, now: datetime) -> dict[str, Any]:
    """Return the fields that most records do not have."""
    shown: dict[str, Any] = {}
    if movement.treat_as_gross:
        shown["treatAsGrossAmount"] = True
    if movement.error_description and stage.status == "FAILED":
        shown["errorDescription"] = movement.error_description
    if movement.replaced_hash:
        shown["replacedTxHash"] = movement.replaced_hash
    if movement.operation in _CALLS:
        shown["networkRecords"] = [
            _network_record(movement, entry)
            for entry in movement.network_records
            if entry.at <= now
        ]
        is_program = movement.operation == "PROGRAM_CALL"
        name, data = ("programCallData", "AQAB") if is_program else ("contractCallData", "0xd128")
        shown["extraParameters"] = {name: data}
    if stage.is_mined and movement.paid_rent is not None:
        shown["paidRent"] = plain(movement.paid_rent)
    if stage.is_mined and movement.rewards is not None:
        given, taken = movement.rewards
        shown["rewardInfo"] = {"srcRewards": plain(given), "destRewards": plain(taken)}
    if movement.is_detected and movement.asset.chain.family == "evm":
        shown["blockchainIndex"] = str(movement.index)
        kind = "TOKEN" if movement.asset.is_token else "NATIVE"
        shown["blockchainInfo"] = {"evmTransferType": kind}
    return {**shown, **_sponsorship(movement), **_screening(movement, now)}


def _sponsorship(movement: Movement) -> dict[str, Any]:
    sponsor = movement.sponsor
    if sponsor is None:
        return {}
    if sponsor.kind == "fee_payer":
        return {"feePayerInfo": {"feePayerAccountId": sponsor.id}}
    if not sponsor.is_meta_transaction:
        return {}
    relay = {"relayTenantId": sponsor.id, "relayTenantName": sponsor.name}
    return {"gaslessInfo": {"isMetaTx": True, **relay}}


def _screening(movement: Movement, now: datetime) -> dict[str, Any]:
    said = [screening for screening in movement.screenings if screening.at <= now]
    if not said:
        return {}
    result = {
        "provider": "CHAINALYSIS_V2",
        "verdict": said[-1].verdict,
        "screeningStatus": "COMPLETED",
        "category": said[-1].category,
        "timestamp": epoch_ms(said[-1].at),
    }
    return {"amlScreeningResult": result}


def _network_record(movement: Movement, entry: NetworkRecord) -> dict[str, Any]:
    """Return one transfer of a call; each repeats the fee of the whole."""
    return {
        "source": _peer(entry.source),
        "destination": _peer(entry.destination),
        "txHash": movement.tx_hash,
        "networkFee": plain(movement.network_fee or Decimal(0)),
        "assetId": entry.asset.id,
        "netAmount": plain(entry.amount),
        "isDropped": entry.is_dropped,
        "type": movement.operation,
        "destinationAddress": entry.destination.address,
        "amountUSD": None,
    }


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
    fee_info: dict[str, Any] = {}
    if movement.net is not None and (_is_known(movement, stage) or stage.status == "COMPLETED"):
        info["netAmount"] = plain(movement.net)
        shown["netAmount"] = deprecated_number(movement.net)
        numbers, fee_info = _fees(movement, stage, options)
        shown.update(numbers)
    elif stage.status in _WITHOUT_EFFECT:
        shown["netAmount"] = shown["fee"] = shown["networkFee"] = UNKNOWN_AMOUNT
    return {**shown, "amountInfo": info, "feeInfo": fee_info}


def _fees(
    movement: Movement, stage: Stage, options: FireblocksOptions
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fees as the numbers at the top, and as the strings of `feeInfo`."""
    numbers: dict[str, Any] = {}
    info: dict[str, Any] = {}
    if movement.network_fee is not None:
        fee = movement.network_fee
        if movement.l1_fee is not None and not options.l1_fee_is_in_network_fee:
            fee = EXACT.subtract(fee, movement.l1_fee)
        if not _tells_its_fee(movement, stage, options):
            fee = Decimal(UNKNOWN_AMOUNT)
        elif movement.l1_fee is not None:
            info["L1networkFee"] = plain(movement.l1_fee)
            info["L2networkFee"] = plain(EXACT.subtract(movement.network_fee, movement.l1_fee))
        info["networkFee"] = plain(fee)
        if movement.gas_price_gwei is not None:
            info["gasPrice"] = plain(movement.gas_price_gwei)
        # The top of a meta transaction tells no fee.
        if movement.sponsor is None or not movement.sponsor.is_meta_transaction:
            numbers["fee"] = numbers["networkFee"] = deprecated_number(fee)
    if movement.service_fee is not None:
        info["serviceFee"] = plain(movement.service_fee)
        numbers["serviceFee"] = deprecated_number(movement.service_fee)
    return numbers, {**info, **_relay(movement)}


def _tells_its_fee(movement: Movement, stage: Stage, options: FireblocksOptions) -> bool:
    if stage.status == "FAILED":
        return options.failed_fee_is_known
    is_asked_for = movement.asset.chain.family == "evm" and not movement.is_incoming
    return options.completed_fee_is_known or not is_asked_for


def _relay(movement: Movement) -> dict[str, Any]:
    sponsor = movement.sponsor
    if sponsor is None or sponsor.kind == "fee_payer":
        return {}
    if sponsor.kind == "local_relay":
        return {"paidByRelay": True, "relayType": "LOCAL", "relayId": sponsor.id}
    return {"paidByRelay": True, "relayType": "THIRD_PARTY", "relayName": sponsor.name}


def _peer(peer: Peer) -> dict[str, Any]:
    shown = {"id": peer.id, "type": peer.type, "name": peer.name, "subType": peer.sub_type}
    return {**shown, "tradingAccount": peer.trading_account} if peer.trading_account else shown


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
        "CONTRACT": "WHITELISTED",
    }
    return kinds.get(movement.destination.type, "")


def _block_info(movement: Movement, stage: Stage, options: FireblocksOptions) -> dict[str, Any]:
    """Return the block that the record names, be it one that the chain has left."""
    chain = movement.asset.chain
    height = movement.height if stage.orphaned is None else stage.orphaned
    is_told = chain.wallets_have_height or options.heightless_records_name_blocks
    if not stage.is_mined or height is None or not is_told:
        return {}
    block_hash = None if movement.destinations else chain.block_hash(height)
    if block_hash and stage.orphaned is not None:
        block_hash = block_hash[:-4] + "dead"
    return {"blockHeight": str(height), "blockHash": block_hash}


def _confirmations(movement: Movement, stage: Stage, now: datetime) -> int:
    """Count blocks while the record confirms; what has ended stays at what its chain asks for.

    They are counted from the block that was named first, so they never become fewer.
    """
    chain, first = movement.asset.chain, _first_block(movement)
    if first is None or not stage.is_mined:
        return 0
    if stage.status in TERMINAL_STATUSES:
        if stage.status != "FAILED" and stage.orphaned is None:
            return chain.confirmations
        now = stage.at
    return max(1, min(chain.height_at(now) - first + 1, chain.confirmations))


def _first_block(movement: Movement) -> int | None:
    left = (stage.orphaned for stage in movement.stages if stage.orphaned is not None)
    return next(left, movement.height)


def last_updated(movement: Movement, now: datetime) -> datetime:
    """Return the instant of the last change by `now`.

    That is a new stage, one confirmation more, a network record, or another screening.
    """
    chain, first = movement.asset.chain, _first_block(movement)
    stage = movement.stage_at(now) or movement.stages[0]
    changes = [stage.at]
    if first is not None and stage.is_mined and stage.status not in TERMINAL_STATUSES:
        newest = min(chain.height_at(now), first + chain.confirmations - 1)
        changes.append(chain.mined_at(newest))
    changes += [entry.at for entry in movement.network_records if entry.at <= now]
    changes += [screening.at for screening in movement.screenings if screening.at <= now]
    return max(changes)


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
