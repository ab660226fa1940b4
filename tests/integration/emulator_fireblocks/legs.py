"""The legs that a record of its final state stands for, by the table of the reference (C.4).

Derived from the record's JSON alone, and from the receipt of its transaction where the record does
not tell what was spent. Nothing is taken from the world, nor from the connectors.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Context, Decimal, Inexact
from typing import Any

EXACT = Context(prec=80, traps=[Inexact])

Record = Mapping[str, Any]
Wallet = tuple[str, str]
Change = tuple[Wallet, Decimal]
# Returns the fee of the transaction of a record, from its receipt.
FeeByReceipt = Callable[[Record], Decimal]

SIGNATURES = {"RAW", "TYPED_MESSAGE"}
CALLS = {"CONTRACT_CALL", "PROGRAM_CALL"}
FEE_ONLY = {"APPROVE", "ENABLE_ASSET"}


def legs(record: Record, fee_by_receipt: FeeByReceipt | None = None) -> Iterator[Change]:
    """Yield the changes of wallets."""
    if record["operation"] in SIGNATURES:
        return
    is_held = record["status"] == "REJECTED" and vault_of(record["source"]) is None
    if record["status"] == "COMPLETED" or (is_held and record["txHash"]):
        yield from principal(record)
        yield from beside_the_amounts(record)
    elif not has_failed_in_a_block(record):
        return
    yield from fee(record, fee_by_receipt)


def vault_of(peer: Mapping[str, Any]) -> str | None:
    return peer["id"] if peer["type"] == "VAULT_ACCOUNT" else None


def has_failed_in_a_block(record: Record) -> bool:
    return bool(
        record["status"] == "FAILED"
        and record["txHash"]
        and record["blockInfo"].get("blockHeight")
        and record["subStatus"] != "DROPPED_BY_BLOCKCHAIN"
    )


def principal(record: Record) -> Iterator[Change]:
    asset, operation = record["assetId"], record["operation"]
    if operation in FEE_ONLY:
        return
    if operation in CALLS and record["networkRecords"]:
        for each in record["networkRecords"]:
            if not each["isDropped"]:
                amount = Decimal(each["netAmount"])
                yield from sides(each["source"], each["destination"], each["assetId"], amount)
        return
    net = Decimal(record["amountInfo"]["netAmount"])
    source = record["source"] if operation != "MINT" else {"type": "ISSUER"}
    yield from sides(source, record["destination"], asset, net)
    for each in record["destinations"]:
        nobody = {"type": "NONE"}
        yield from sides(nobody, each["destination"], asset, Decimal(each["amount"]))


def sides(
    source: Mapping[str, Any], destination: Mapping[str, Any], asset: str, amount: Decimal
) -> Iterator[Change]:
    if (vault := vault_of(source)) is not None:
        yield (vault, asset), -amount
    if (vault := vault_of(destination)) is not None:
        yield (vault, asset), amount


def beside_the_amounts(record: Record) -> Iterator[Change]:
    source, destination = vault_of(record["source"]), vault_of(record["destination"])
    if source is not None and "paidRent" in record:
        yield (source, record["feeCurrency"]), -Decimal(record["paidRent"])
    rewards = record.get("rewardInfo", {})
    if source is not None and "srcRewards" in rewards:
        yield (source, record["assetId"]), Decimal(rewards["srcRewards"])
    if destination is not None and "destRewards" in rewards:
        yield (destination, record["assetId"]), Decimal(rewards["destRewards"])


def fee(record: Record, fee_by_receipt: FeeByReceipt | None) -> Iterator[Change]:
    """Yield what the network took, from whoever of the workspace has paid it."""
    payer = vault_of(record["source"])
    if payer is None:
        return
    info = record["feeInfo"]
    if info.get("paidByRelay"):
        payer = info["relayId"] if info["relayType"] == "LOCAL" else None
    payer = record.get("feePayerInfo", {}).get("feePayerAccountId", payer)
    if payer is None:
        return
    amount = Decimal(info["networkFee"])
    if amount < 0:
        assert fee_by_receipt is not None, "the record does not tell its fee"
        amount = fee_by_receipt(record)
    yield (payer, record["feeCurrency"]), -amount
