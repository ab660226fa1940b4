"""Flexible earn as the spot account shows it: a token LD<asset> for each asset of a position."""

from datetime import datetime

from coinfrs_pipelines.emulator.binance.calls import Call
from coinfrs_pipelines.emulator.binance.wire import padded


def earn_tokens(call: Call, at: datetime) -> list[dict[str, str]]:
    """Return the rows that the positions of flexible earn add to a list of spot balances."""
    if not call.options.spot_shows_earn:
        return []
    holdings = call.world.holdings(call.account.uid, "earn_flexible", at)
    return [
        {"asset": f"LD{asset}", "free": padded(holding.free), "locked": padded(holding.locked)}
        for asset, holding in holdings.items()
        if holding.balance
    ]
