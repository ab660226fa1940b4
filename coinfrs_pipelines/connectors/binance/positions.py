"""Read all positions of a Binance wallet as one: spot, funding, and the venue's daily snapshots.

A live reading is two passes that must agree, between two times told by the venue. It says what was
there; what a balance is made of (free, locked, freeze, withdrawing) is added up in dbt.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance.streams import (
    ACCOUNT,
    ACCOUNT_SNAPSHOT,
    FUNDING_ASSETS,
    USER_ASSETS,
)
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.http import Exchange, VenueClient
from coinfrs_pipelines.connectors.positions import Reading, amount
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
_MICROSECOND = timedelta(microseconds=1)

Amounts = dict[str, tuple[Decimal | None, ...]]
# What one pass saw: the answers, and the amounts of each list by asset.
Pass = tuple[list[Exchange], list[Amounts]]


def capture_spot(client: VenueClient) -> Reading:
    """Read the spot wallet: free and locked from the account, freeze and withdrawing beside them.

    Raises:
        VenueError: the venue refuses.

    """

    def read() -> Pass:
        account = client.call(ACCOUNT, {"omitZeroBalances": "true"})
        user_assets = client.call(USER_ASSETS)
        return [account, user_assets], [
            _amounts(client, account, ("balances",), ("free", "locked")),
            _amounts(client, user_assets, (), ("free", "locked", "freeze", "withdrawing")),
        ]

    def compare(lists: list[Amounts]) -> Iterable[str]:
        account, user_assets = lists
        held = {asset: amounts[:2] for asset, amounts in user_assets.items()}
        # Flexible earn is shown as LD<asset> by the account; that the list of user assets leaves
        # it out is assumed to be possible (?), so its absence there is no disagreement.
        earn = {asset for asset in account if asset.startswith("LD") and asset not in held}
        return _differing({k: v for k, v in account.items() if k not in earn}, held)

    return _capture(client, ("SPOT", "spot"), ("account", "user_assets"), read, compare)


def capture_funding(client: VenueClient) -> Reading:
    """Read the funding wallet.

    Raises:
        VenueError: the venue refuses.

    """

    def read() -> Pass:
        funding = client.call(FUNDING_ASSETS)
        fields = ("free", "locked", "freeze", "withdrawing")
        return [funding], [_amounts(client, funding, (), fields)]

    return _capture(client, ("FUNDING", "funding"), ("funding_assets",), read, lambda _: ())


def account_snapshots(client: VenueClient, start: datetime, end: datetime) -> list[Reading]:
    """Read the venue's own daily snapshots of the spot wallet whose label lies in [start, end).

    Only the last month is served; what is older is not asked for.

    Raises:
        VenueError: the venue refuses, or answers other snapshots than were asked for.

    """
    client.refresh_clock()
    first = max(start, client.venue_now - SNAPSHOT_HISTORY)
    readings: list[Reading] = []
    while first < end:
        last = min(first + SNAPSHOT_WINDOW, end)
        readings += _snapshots_between(client, first, last)
        first = last
    return readings


def _snapshots_between(client: VenueClient, start: datetime, end: datetime) -> list[Reading]:
    first, last = (start - EPOCH) // MILLISECOND, -((EPOCH - end) // MILLISECOND) - 1
    params = {
        "type": "SPOT",
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
        if str(fields.get("type", "")).lower() != "spot":
            raise Permanent(client.venue, "account_snapshots: a snapshot of another wallet.")
        label = EPOCH + labelled * MILLISECOND
        instant = datetime(label.year, label.month, label.day, tzinfo=UTC) + SNAPSHOT_INSTANT
        readings.append(Reading("SPOT", "spot", instant, instant, True, payload, [exchange]))
    return readings


def _capture(
    client: VenueClient,
    kind: tuple[str, str],
    names: tuple[str, ...],
    read: Callable[[], Pass],
    compare: Callable[[list[Amounts]], Iterable[str]],
) -> Reading:
    """Take readings until one is whole, at most READINGS_MAX; the last one is returned."""
    for _ in range(READINGS_MAX):
        client.refresh_clock()
        first_answers, first = read()
        answers, second = read()
        client.refresh_clock()
        # Not what the clock said before: an answer may have had to correct it.
        taken_at = first_answers[0].venue_time
        ended_at = client.venue_now + client.resolution - _MICROSECOND
        disagreement = _disagreement(first, second, compare(second))
        if ended_at < taken_at:
            disagreement = "the venue's clock went back"
        slices = zip(names, answers, strict=True)
        balances = ",".join(f'"{name}":{payloads.value(each.body)}' for name, each in slices)
        reading = Reading(
            *kind,
            taken_at,
            max(taken_at, ended_at),
            disagreement is None,
            f"{{{balances}}}",
            [*first_answers, *answers],
            disagreement,
        )
        if reading.is_whole:
            break
    return reading


def _disagreement(
    first: list[Amounts], second: list[Amounts], differing: Iterable[str]
) -> str | None:
    moved = sorted(
        {a for one, two in zip(first, second, strict=True) for a in _differing(one, two)}
    )
    unread = sorted({a for each in second for a, amounts in each.items() if None in amounts})
    unequal = sorted(set(differing))
    if unread:
        return f"an amount is no number: {_few(unread)}"
    if moved:
        return f"two readings differ: {_few(moved)}"
    if unequal:
        return f"account and user assets differ: {_few(unequal)}"
    return None


def _few(assets: list[str]) -> str:
    more = len(assets) - NAMED_MAX
    return ", ".join(assets[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")


def _differing(one: Amounts, two: Amounts) -> set[str]:
    """Return the assets whose amounts differ; an asset that is not listed is zero."""
    return {
        asset
        for asset in one.keys() | two.keys()
        if any(one.get(asset, ())) or any(two.get(asset, ()))
        if one.get(asset) != two.get(asset)
    }


def _amounts(
    client: VenueClient, exchange: Exchange, path: tuple[str, ...], fields: tuple[str, ...]
) -> Amounts:
    amounts: Amounts = {}
    for _, row in _rows(client, exchange, path):
        asset = row.get("asset")
        if not isinstance(asset, str) or not asset:
            raise Permanent(client.venue, f"{exchange.path}: a row names no asset.")
        if asset in amounts:
            raise Permanent(client.venue, f"{exchange.path}: the asset {asset} is listed twice.")
        amounts[asset] = tuple(amount(row.get(name)) for name in fields)
    return amounts


def _rows(
    client: VenueClient, exchange: Exchange, path: tuple[str, ...]
) -> list[tuple[str, dict[str, Any]]]:
    """Return each row of an answer, verbatim and read."""
    try:
        return [(row, payloads.read(row)) for row in payloads.elements(exchange.body, path)]
    except payloads.PayloadError as error:
        raise Permanent(client.venue, f"{exchange.path}: {error}") from None
