"""Read all positions of a Binance wallet as one, and the venue's own daily snapshots of it.

A live reading is two passes that must agree, between two times told by the venue. It says what was
there; what a balance is made of (free, locked, freeze, withdrawing) is added up in dbt. Which lists
a wallet is read from stands in `wallets.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance.wallets import (
    ACCOUNT_SNAPSHOT,
    SNAPSHOT_WALLETS,
    Amounts,
    BalanceList,
    Wallet,
    differing,
)
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.http import Exchange, VenueClient
from coinfrs_pipelines.connectors.positions import Reading, amount, total
from coinfrs_pipelines.connectors.streams import MILLISECOND
from coinfrs_pipelines.connectors.wire import EPOCH

# How often a reading is taken anew whose two passes differ: something moves all the time then.
READINGS_MAX = 3
# The snapshot of a UTC day holds the positions of this instant after the day's midnight (?): its
# label says 23:59:59 of the day. This is the line to change; see MAPPINGS.md.
SNAPSHOT_INSTANT = timedelta(days=1)
# The span must be less than 30 days, and only the last month is served (binance.md D).
SNAPSHOT_WINDOW = timedelta(days=29)
SNAPSHOT_HISTORY = timedelta(days=30)
SNAPSHOT_LIMIT = "30"
# How many assets a disagreement names.
NAMED_MAX = 10


@dataclass
class _Pass:
    """What one pass over a wallet's lists saw: the answers, and for each wallet what they say.

    A wallet's `amounts` are those of each of its lists, its `slices` the lists' verbatim text.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    amounts: dict[str, list[Amounts]] = field(default_factory=dict)
    slices: dict[str, list[str]] = field(default_factory=dict)


def capture(client: VenueClient, wallet: Wallet) -> list[Reading]:
    """Take readings of a wallet until they are whole, at most READINGS_MAX; return the last.

    One reading, or one for each isolated pair.

    Raises:
        VenueError: the venue refuses.

    """
    for _ in range(READINGS_MAX):
        client.refresh_clock()
        first, second = _read(client, wallet), _read(client, wallet)
        client.refresh_clock()
        # Not what the clock said before: an answer may have had to correct it.
        taken_at = first.exchanges[0].venue_time
        ended_at = client.venue_now_at_most
        readings = []
        for name in sorted(first.amounts.keys() | second.amounts.keys()):
            seen = second.amounts.get(name, [])
            disagreement = _disagreement(first.amounts.get(name, []), seen, wallet.control(seen))
            if ended_at < taken_at:
                disagreement = "the venue's clock went back"
            readings.append(
                Reading(
                    wallet.account_type,
                    name,
                    taken_at,
                    max(taken_at, ended_at),
                    disagreement is None,
                    f"{{{','.join(second.slices.get(name, []))}}}",
                    [*first.exchanges, *second.exchanges],
                    disagreement,
                )
            )
        if all(reading.is_whole for reading in readings):
            break
    return readings


def _read(client: VenueClient, wallet: Wallet) -> _Pass:
    read = _Pass()
    for balances in wallet.lists:
        exchanges = _pages(client, balances)
        read.exchanges += exchanges
        if wallet.is_per_pair:
            _add_pairs(client, read, wallet, balances, exchanges)
            continue
        rows = [row for exchange in exchanges for row in _rows(client, exchange, balances.rows_at)]
        text = payloads.value(exchanges[0].body)
        if balances.page_size is not None:
            text = f"[{','.join(verbatim for verbatim, _ in rows)}]"
        read.slices.setdefault(wallet.name, []).append(f'"{balances.name}":{text}')
        amounts = _amounts(client, balances, [fields for _, fields in rows])
        read.amounts.setdefault(wallet.name, []).append(amounts)
    return read


def _add_pairs(
    client: VenueClient,
    read: _Pass,
    wallet: Wallet,
    balances: BalanceList,
    exchanges: list[Exchange],
) -> None:
    """Add each pair of the list as a wallet of its own, with its base and its quote asset."""
    for exchange in exchanges:
        for verbatim, fields in _rows(client, exchange, balances.rows_at):
            symbol = fields.get("symbol")
            if not isinstance(symbol, str) or not symbol:
                raise Permanent(client.venue, f"{exchange.path}: a pair has no symbol.")
            sides = [
                payloads.value(verbatim.encode(), (side,)) for side in ("baseAsset", "quoteAsset")
            ]
            name = f"{wallet.name}:{symbol}"
            if name in read.amounts:
                raise Permanent(client.venue, f"{exchange.path}: {symbol} is listed twice.")
            read.slices[name] = [f'"{balances.name}":[{",".join(sides)}]']
            rows = [payloads.read(side) for side in sides]
            read.amounts[name] = [_amounts(client, balances, rows)]


def _pages(client: VenueClient, balances: BalanceList) -> list[Exchange]:
    """Ask for a list, page by page to the total that it tells."""
    params = dict(balances.params)
    if balances.page_size is None:
        return [client.call(balances.endpoint, params)]
    exchanges: list[Exchange] = []
    count, total = 0, 1
    while count < total:
        page = {"current": str(len(exchanges) + 1), "size": str(balances.page_size)}
        exchange = client.call(balances.endpoint, params | page)
        rows = _rows(client, exchange, balances.rows_at)
        told = payloads.read(exchange.body.decode()).get("total")
        if not isinstance(told, int) or (not rows and count < told):
            raise Permanent(client.venue, f"{exchange.path}: the pages do not reach their total.")
        exchanges.append(exchange)
        count, total = count + len(rows), told
    return exchanges


def account_snapshots(
    client: VenueClient, account_type: str, start: datetime, end: datetime
) -> list[Reading]:
    """Read the venue's own daily snapshots of a type whose label lies in [start, end).

    Only the last month is served; what is older is not asked for.

    Raises:
        VenueError: the venue refuses, or answers other snapshots than were asked for.

    """
    client.refresh_clock()
    first = max(start, client.venue_now - SNAPSHOT_HISTORY)
    readings: list[Reading] = []
    while first < end:
        last = min(first + SNAPSHOT_WINDOW, end)
        readings += _snapshots_between(client, account_type, first, last)
        first = last
    return readings


def _snapshots_between(
    client: VenueClient, account_type: str, start: datetime, end: datetime
) -> list[Reading]:
    first, last = (start - EPOCH) // MILLISECOND, -((EPOCH - end) // MILLISECOND) - 1
    params = {
        "type": account_type,
        "startTime": str(first),
        "endTime": str(last),
        "limit": SNAPSHOT_LIMIT,
    }
    exchange = client.call(ACCOUNT_SNAPSHOT, params)
    readings = []
    for payload, fields in _rows(client, exchange, ("snapshotVos",)):
        labelled = fields.get("updateTime")
        if not isinstance(labelled, int) or not first <= labelled <= last:
            raise Permanent(client.venue, "account_snapshots: a snapshot outside the window.")
        if str(fields.get("type", "")).upper() != account_type:
            raise Permanent(client.venue, "account_snapshots: a snapshot of another wallet.")
        label = EPOCH + labelled * MILLISECOND
        instant = datetime(label.year, label.month, label.day, tzinfo=UTC) + SNAPSHOT_INSTANT
        wallet, _ = SNAPSHOT_WALLETS[account_type]
        readings.append(Reading(account_type, wallet, instant, instant, True, payload, [exchange]))
    return readings


def _disagreement(
    first: list[Amounts], second: list[Amounts], contradicted: Iterable[str]
) -> str | None:
    if len(first) != len(second):
        return "it is there in one of two readings only"
    moved = sorted({a for one, two in zip(first, second, strict=True) for a in differing(one, two)})
    unread = sorted({a for each in second for a, amounts in each.items() if None in amounts})
    unequal = sorted(set(contradicted))
    if unread:
        return f"an amount is no number: {_few(unread)}"
    if moved:
        return f"two readings differ: {_few(moved)}"
    if unequal:
        return f"the lists of the wallet differ: {_few(unequal)}"
    return None


def _few(assets: list[str]) -> str:
    more = len(assets) - NAMED_MAX
    return ", ".join(assets[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _amounts(client: VenueClient, balances: BalanceList, rows: Iterable[dict[str, Any]]) -> Amounts:
    amounts: Amounts = {}
    for row in rows:
        asset = row.get("asset")
        if not isinstance(asset, str) or not asset:
            raise Permanent(client.venue, f"{balances.endpoint.path}: a row names no asset.")
        told = tuple(amount(row.get(name)) for name in balances.fields)
        if asset in amounts and not balances.is_summed:
            raise Permanent(
                client.venue, f"{balances.endpoint.path}: the asset {asset} is listed twice."
            )
        before = amounts.get(asset)
        # For the comparison of two passes alone; what is stored are the rows.
        amounts[asset] = (
            told if before is None else tuple(map(total, zip(before, told, strict=True)))
        )
    return amounts


def _rows(
    client: VenueClient, exchange: Exchange, path: tuple[str, ...]
) -> list[tuple[str, dict[str, Any]]]:
    """Return each row of an answer, verbatim and read."""
    try:
        return [(row, payloads.read(row)) for row in payloads.elements(exchange.body, path)]
    except payloads.PayloadError as error:
        raise Permanent(client.venue, f"{exchange.path}: {error}") from None
