"""Calls of contracts and programs, and what else a token's contract does (C.4 rows 12 to 17).

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
from coinfrs_pipelines.emulator.fireblocks.purse import Wallet
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
# What a new token account on Solana is left with.
_RENT = Decimal("0.00203928")


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


def approve(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Allow a contract to take tokens: the record tells the allowance, the fee moves (row 14)."""
    drawn = draw(author, asset, least=4, most=1)
    if drawn is None:
        return []
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [_fee_only(author, "approve", asset, drawn.payer, drawn.amount, drawn.fee, timeline)]


def mint(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Issue a token into a vault account; the signing account pays the fee alone (row 16)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    receiver = author.events.choice(author.purse.vaults_with(asset.id))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    to = author.vault(receiver, asset)
    minted = _fee_only(author, "mint", asset, drawn.payer, drawn.amount, drawn.fee, timeline, to)
    return [minted.with_leg(author.leg(receiver, asset, drawn.amount, timeline))]


def burn(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Take a token out of the world (row 16)."""
    drawn = draw(author, asset)
    if drawn is None:
        return []
    to = Peer("UNKNOWN", "", "External")
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    timeline = timelines.outgoing(asset.chain, author.events, at)
    return [replace(sent(author, "burn", payment, timeline), operation="BURN")]


def enable_asset(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Open a wallet on a chain that wants that paid: the fee, and on Solana the rent (row 17)."""
    base = ASSETS[asset.chain.base_asset]
    lacking = author.purse.vaults_without(asset.id, but_with=base.id)
    fee = author.fee(base)
    able = [each for each in lacking if author.purse.spendable(each, base.id) > 1]
    if not able:
        return []
    vault_id = author.events.choice(able)
    author.purse.add(Wallet(vault_id, asset.id, at))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    enabled = _fee_only(author, "enable_asset", asset, vault_id, _NOTHING, fee, timeline)
    return [_with_rent(author, enabled, vault_id, base, timeline)]


def enabling_transfer(author: Author, at: datetime, asset: Asset) -> list[Movement]:
    """Send a token to a vault account that has no wallet of it: two records, one hash (row 17).

    The second record is the opening of the wallet, whose rent the sender pays; the fee of the one
    transaction stands in the first.
    """
    base = ASSETS[asset.chain.base_asset]
    lacking = author.purse.vaults_without(asset.id, but_with=base.id)
    drawn = draw(author, asset)
    if drawn is None or not lacking:
        return []
    receiver = author.events.choice(lacking)
    author.purse.add(Wallet(receiver, asset.id, at))
    timeline = timelines.outgoing(asset.chain, author.events, at)
    to = author.vault(receiver, asset)
    payment = Payment(asset, drawn.payer, to, drawn.amount, drawn.amount, drawn.fee)
    paid = sent(author, "enabling_transfer", payment, timeline)
    no_fee = Fee(_NOTHING)
    enabled = _fee_only(
        author, "enabled_by_transfer", asset, drawn.payer, _NOTHING, no_fee, timeline, to
    )
    enabled = replace(enabled, tx_hash=paid.tx_hash, created_by="")
    return [paid, _with_rent(author, enabled, drawn.payer, base, timeline)]


def _with_rent(
    author: Author, movement: Movement, payer: str, base: Asset, timeline: Timeline
) -> Movement:
    """Add what a new account on Solana costs beside the fee; other chains ask for nothing."""
    if base.id != "SOL":
        return movement
    fee = movement.network_fee or _NOTHING
    if author.options.rent_is_in_network_fee:
        fee += _RENT
    return replace(
        movement,
        paid_rent=_RENT,
        network_fee=fee,
        holds=(*movement.holds, Hold(payer, base.id, _RENT)),
    ).with_leg(author.leg(payer, base, -_RENT, timeline))


def _fee_only(
    author: Author,
    operation: str,
    asset: Asset,
    payer: str,
    told: Decimal,
    fee: Fee,
    timeline: Timeline,
    to: Peer | None = None,
) -> Movement:
    """Return a record whose amount moves nothing: its legs and holds are those of the fee."""
    to = to or author.one_time(asset)
    payment = Payment(asset, payer, to, told, told, fee)
    movement = sent(author, operation, payment, timeline)
    operations = {"enabled_by_transfer": "ENABLE_ASSET"}
    return replace(
        movement,
        operation=operations.get(operation, operation.upper()),
        legs=tuple(leg for leg in fee_leg(author, payment, timeline) if leg.amount),
        holds=(Hold(payer, payment.fee_asset.id, fee.amount),),
    )


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
            for record in _records(author, part, min(known_at, timeline.stages[-1].at))
        ),
    )


def _legs(author: Author, part: Part, timeline: Timeline) -> list[Leg]:
    legs = []
    if part.source is not None:
        legs.append(author.leg(part.source, part.asset, -part.amount, timeline))
    if part.destination is not None:
        legs.append(author.leg(part.destination, part.asset, part.amount, timeline))
    return legs


def _records(author: Author, part: Part, at: datetime) -> list[NetworkRecord]:
    """Return the records of a part: one for each own side, the other side a stranger's."""
    asset, records = part.asset, []
    given = author.vault(part.source, asset) if part.source is not None else None
    taken = author.vault(part.destination, asset) if part.destination is not None else None
    if taken is not None:
        nobody = Peer("UNKNOWN", "", "External", address=given.address if given else "")
        records.append(NetworkRecord(at, asset, nobody, taken, part.amount, part.is_dropped))
    if given is not None:
        to = Peer("ONE_TIME_ADDRESS", address=taken.address) if taken else author.one_time(asset)
        records.append(NetworkRecord(at, asset, given, to, part.amount, part.is_dropped))
    if given and taken and author.options.network_records_tell_both_sides:
        whole_at = at + timedelta(milliseconds=1)
        records.append(NetworkRecord(whole_at, asset, given, taken, part.amount))
    return records
