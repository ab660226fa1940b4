"""Spot trades, symbol by symbol: every symbol that may have some, to a fixpoint."""

from coinfrs_pipelines.connectors.binance.streams.spot import SPOT_TRADES
from coinfrs_pipelines.connectors.errors import NotEnabled, Permanent, VenueError
from coinfrs_pipelines.extract.attempts import Attempt, named, outcome_of_refused
from coinfrs_pipelines.extract.binance import scopes
from coinfrs_pipelines.extract.coverage import Outcome, Subject

# The venue no longer knows the symbol: it was delisted, or renamed (binance.md C3).
UNKNOWN_SYMBOL = "-1121"

NO_CANDIDATES = Outcome(
    "read", "no_candidates", "No asset was ever seen in the account, so no symbol was asked for."
)
NO_SYMBOLS = Outcome(
    "failed", "no_symbols", "No list of symbols was ever archived, so none could be chosen."
)


def read_spot_trades(attempt: Attempt, _subject: Subject) -> Outcome:
    """Read every symbol that may have trades, until the trades bring no new asset to light.

    A symbol that is no longer traded is read for as long as the venue answers. When it does not
    know it any more, that is no failure: what was proven of it stays proven.
    """
    symbols = scopes.archived_symbols(attempt.connection, attempt.data_source.environment)
    if not symbols:
        return NO_SYMBOLS
    since = attempt.read_again_from(SPOT_TRADES, attempt.client.venue_now)
    resume = scopes.resume_ids(attempt.connection, attempt.data_source, since)
    done: set[str] = set()
    refused: dict[str, VenueError] = {}
    unknown: list[str] = []
    while new := scopes.candidates(attempt.connection, attempt.data_source, symbols) - done:
        for name in sorted(new):
            try:
                attempt.read(SPOT_TRADES, name, start=since, from_id=resume.get(name))
            except (NotEnabled, Permanent) as error:
                if error.code == UNKNOWN_SYMBOL and not symbols[name].is_trading:
                    unknown.append(name)
                else:
                    refused[name] = error
        done |= new
    if not done:
        return NO_CANDIDATES
    if unknown and not refused:
        return Outcome("read", "symbols_unknown_to_venue", named(unknown))
    return outcome_of_refused(refused, len(done))
