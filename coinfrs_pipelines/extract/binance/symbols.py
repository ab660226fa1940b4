"""Streams that are asked symbol by symbol: every symbol that may have records, to a fixpoint."""

from coinfrs_pipelines.connectors.binance.streams import STREAMS
from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, VenueError
from coinfrs_pipelines.connectors.streams import Stream
from coinfrs_pipelines.extract.attempts import Attempt, named, outcome_of_refused
from coinfrs_pipelines.extract.binance import scopes, sweeps
from coinfrs_pipelines.extract.coverage import READ, Outcome

# The venue no longer knows the symbol: it was delisted, or renamed (binance.md C3).
UNKNOWN_SYMBOL = "-1121"

NO_CANDIDATES = Outcome(
    "read", "no_candidates", "No asset was ever seen in the account, so no symbol was asked for."
)
NO_SYMBOLS = Outcome(
    "failed", "no_symbols", "No list of symbols was ever archived, so none could be chosen."
)
TRADES_BY_RESIDUAL = "trades_by_residual"


def read_by_symbol(attempt: Attempt, stream: Stream) -> Outcome:
    """Read every symbol that may have records, until they bring no new asset to light.

    Where the sweep is weekly, some wait for it (`sweeps.py`). A symbol that is no longer traded is
    read for as long as the venue answers. When it does not know it any more, that is no failure:
    what was proven of it stays proven. What stands before the stream and moves the same wallets has
    been read of the symbols known till then: of those that come to light here, it is read too.
    """
    symbols = scopes.archived_symbols(attempt.connection, attempt.data_source.environment)
    if not symbols:
        return NO_SYMBOLS
    sweep = sweeps.begin(attempt, stream, symbols)
    earlier = [sweeps.begin(attempt, each, symbols) for each in _read_before(stream)]
    known: set[str] | None = None
    done: set[str] = set()
    refused: dict[str, VenueError] = {}
    unknown: set[str] = set()
    waiting: list[str] = []
    connection, data_source = attempt.connection, attempt.data_source
    seen = scopes.assets_beside_fills(connection, data_source, stream.wallets)
    while True:
        seen |= scopes.assets_of_fills(connection, data_source, symbols, stream.wallets)
        new = scopes.containing(symbols, seen) - done
        if not new:
            break
        known = new if known is None else known
        for name in sweep.in_order(new):
            if not sweep.is_due(name):
                waiting.append(name)
                continue
            for each in [sweep] if name in known else [*earlier, sweep]:
                since, from_id = each.resume(name)
                try:
                    attempt.read(each.stream, name, start=since, from_id=from_id)
                except (NotEnabled, Permanent) as error:
                    if error.code == UNKNOWN_SYMBOL and not symbols[name].is_trading:
                        unknown.add(name)
                    else:
                        refused[name] = error
        done |= new
    return _outcome(len(done), refused, sorted(waiting), sorted(unknown))


def _outcome(
    count: int, refused: dict[str, VenueError], waiting: list[str], unknown: list[str]
) -> Outcome:
    if not count:
        return NO_CANDIDATES
    if refused:
        return outcome_of_refused(refused, count)
    if waiting:
        detail = f"{len(waiting)} of {count} symbols wait for the weekly sweep: {named(waiting)}"
        return Outcome("read", TRADES_BY_RESIDUAL, detail)
    if unknown:
        return Outcome("read", "symbols_unknown_to_venue", named(unknown))
    return READ


def _read_before(stream: Stream) -> list[Stream]:
    """Return the streams by symbol of the same wallets that stand before this one."""
    alike = [s for s in STREAMS if (s.scope_rule, s.wallets) == ("symbols", stream.wallets)]
    return alike[: alike.index(stream)]
