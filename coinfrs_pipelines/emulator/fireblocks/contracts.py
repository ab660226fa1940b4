"""Calls of contracts and programs (C.4 rows 9, 12 and 13).

The transfers inside a call are its network records: two for each between own vault accounts, one
with each side, as the recorded payload has them; one of amount zero for each approval; one for the
native value; none for a part that reverted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import delays, timelines
from coinfrs_pipelines.emulator.fireblocks.author import Author, Fee
from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, Asset
from coinfrs_pipelines.emulator.fireblocks.movements import Hold, Movement, NetworkRecord, Peer
from coinfrs_pipelines.emulator.fireblocks.payments import Payment, draw, fee_leg, sent
from coinfrs_pipelines.emulator.fireblocks.timelines import Timeline
from coinfrs_pipelines.emulator.ledger import Leg

_CALL_GAS = 180_000
_BATCH_GAS = 260_000
_NOTHING = Decimal(0)
# A batch takes from one owner at least, and gives to another.
_OWNERS_MIN = 2
# How long after the block the venue has worked out what happened in it.
_RECORDS_AFTER = (3, 25)
_RECORDS_LATE_DAYS_MAX = 2


@dataclass(frozen=True)
class Part:
    """One transfer of a call: what it is of, from where to where; a dropped one never happened."""

    asset: Asset
    amount: Decimal
    source: str | None = None
    destination: str | None = None
    is_dropped: bool = False


def contract_call(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Swap a token for another, with some native value, in one call of a router (row 12)."""
    drawn = draw(author, asset, gas=_CALL_GAS)
    if drawn is None:
        return []
    base = ASSETS[asset.chain.base_asset]
    value = author.share_of(author.purse.spendable(drawn.payer, base.id), base, 4_000, 900)
    parts = [
        Part(asset, drawn.amount, source=drawn.payer),
        Part(asset, _NOTHING, source=drawn.payer),
        Part(base, value, source=drawn.payer),
        Part(asset, drawn.amount, source=drawn.payer, is_dropped=True),
    ]
    bought = ASSETS["LINK" if asset.id != "LINK" else "USDC"]
    if drawn.payer in author.purse.vaults_with(bought.id):
        received = author.share_of(author.purse.spendable(drawn.payer, bought.id), bought)
        parts.insert(0, Part(bought, received, destination=drawn.payer))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [_call(author, "contract_call", (drawn.payer, value, drawn.fee), parts, timeline)]


def batch_call(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Sweep a token from several vault accounts into one, by allowance (row 12, as recorded).

    One part of the batch reverts: it moves nothing and has no record.
    """
    base = ASSETS[asset.chain.base_asset]
    operator = draw(author, base, gas=_BATCH_GAS)
    owners = [each for each in author.purse.vaults_with(asset.id) if _has(author, each, asset)]
    if operator is None or len(owners) < _OWNERS_MIN:
        return []
    author.events.shuffle(owners)
    collector, *givers = owners[: _OWNERS_MIN + 1]
    parts = []
    for giver in givers:
        amount = author.share_of(author.purse.spendable(giver, asset.id), asset)
        parts.append(Part(asset, amount, source=giver, destination=collector))
        parts.append(Part(asset, _NOTHING, source=giver))
    parts.append(Part(base, _NOTHING, source=operator.payer))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    called = (operator.payer, _NOTHING, operator.fee)
    return [_call(author, "batch_call", called, parts, timeline)]


def _has(author: Author, vault_id: str, asset: Asset) -> bool:
    return author.purse.spendable(vault_id, asset.id) > 0


def program_call(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Pay into a program and receive a token from it (row 12, on a chain without heights)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    parts = [Part(asset, drawn.amount, source=drawn.payer)]
    token = ASSETS["SOL_USDC_PTHX"]
    if drawn.payer in author.purse.vaults_with(token.id):
        units = author.events.randrange(10**6, 9 * 10**9)
        received = Decimal(units).scaleb(-token.decimals)
        parts.append(Part(token, received, destination=drawn.payer))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    called = (drawn.payer, drawn.amount, drawn.fee)
    call = _call(author, "program_call", called, parts, timeline)
    return [replace(call, operation="PROGRAM_CALL")]


def late_call(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Let the records of a call come hours or days after it was completed, some before others."""
    calls = contract_call(author, at, asset) or batch_call(author, at, ASSETS["USDC"])
    if not calls:
        return []
    (call,) = calls
    first = delays.later(author.events, call.ended_at, _RECORDS_LATE_DAYS_MAX)
    rest = first + timelines.seconds(author.events, 60, 3_000)
    records = tuple(
        replace(record, at=first if position % 2 else rest)
        for position, record in enumerate(call.network_records)
    )
    return [replace(call, kind="late_call", network_records=records)]


def plain_call(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Call a contract with native value and no records of what it did (row 13)."""
    timeline = timelines.outgoing(asset.chain, author.events, at)
    payment = _native_payment(author, asset)
    if payment is None:
        return []
    return [replace(sent(author, "plain_call", payment, timeline), operation="CONTRACT_CALL")]


def reverted_call(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Call a contract that reverts: the gas alone is spent (row 9)."""
    timeline = timelines.reverted(asset.chain, author.events, at)
    payment = _native_payment(author, asset)
    if payment is None:
        return []
    call = replace(sent(author, "reverted_call", payment, timeline), operation="CONTRACT_CALL")
    (only_the_fee,) = fee_leg(author, payment, timeline)
    return [call.reverted_with(only_the_fee, "execution reverted: slippage")]


def _native_payment(author: Author, asset: Asset) -> Payment | None:
    drawn = draw(author, asset, gas=_CALL_GAS)
    if drawn is None:
        return None
    to = author.one_time(asset)
    return Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)


def _call(
    author: Author,
    kind: str,
    called: tuple[str, Decimal, Fee],
    parts: Sequence[Part],
    timeline: Timeline,
) -> Movement:
    """Return the record of a call with its parts: the record itself tells the native value."""
    caller, value, fee = called
    asset = ASSETS[parts[0].asset.chain.base_asset]
    to = author.one_time(asset)
    payment = Payment(asset, caller, to, value, value, fee)
    call = sent(author, kind, payment, timeline)
    mined = next(stage.at for stage in timeline.stages if stage.is_mined)
    known_at = mined + timelines.seconds(author.events, *_RECORDS_AFTER)
    happened = [part for part in parts if not part.is_dropped and part.amount]
    fee_legs = fee_leg(author, payment, timeline)
    holds = [Hold(caller, leg.cell.asset, -leg.amount) for leg in fee_legs]
    holds += [
        Hold(part.source, part.asset.id, part.amount, is_shown=part.source == caller)
        for part in happened
        if part.source is not None
    ]
    return replace(
        call,
        operation="CONTRACT_CALL",
        legs=(*(leg for part in happened for leg in _legs(author, part, timeline)), *fee_legs),
        holds=tuple(holds),
        network_records=tuple(
            record
            for part in parts
            for record in _records(author, part, to, min(known_at, timeline.stages[-1].at))
        ),
    )


def _legs(author: Author, part: Part, timeline: Timeline) -> list[Leg]:
    legs = []
    if part.source is not None:
        legs.append(author.leg(part.source, part.asset, -part.amount, timeline))
    if part.destination is not None:
        legs.append(author.leg(part.destination, part.asset, part.amount, timeline))
    return legs


def _records(author: Author, part: Part, called: Peer, at: datetime) -> list[NetworkRecord]:
    """Return the records of a part: one for each own side, the other side a stranger's.

    What leaves the workspace goes to the contract that was called.
    """
    asset, records = part.asset, []
    given = author.vault(part.source, asset) if part.source is not None else None
    taken = author.vault(part.destination, asset) if part.destination is not None else None
    if taken is not None:
        nobody = Peer("UNKNOWN", "", "External", address=given.address if given else "")
        records.append(NetworkRecord(at, asset, nobody, taken, part.amount, part.is_dropped))
    if given is not None:
        to = Peer("ONE_TIME_ADDRESS", address=taken.address) if taken else called
        records.append(NetworkRecord(at, asset, given, to, part.amount, part.is_dropped))
    if given and taken and author.options.network_records_tell_both_sides:
        whole_at = at + timedelta(milliseconds=1)
        records.append(NetworkRecord(whole_at, asset, given, taken, part.amount))
    return records
