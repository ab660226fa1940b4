"""Read the venue's own overview of all wallets: the control total of the live captures (D).

It names wallets that no other endpoint tells of. Whether its detail covers every wallet, and how
old it may be, is stated nowhere (?): it is evidence beside the captures and never a position.
"""

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance.auth import sapi
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.http import VenueClient
from coinfrs_pipelines.connectors.positions import Reading

WALLET_BALANCE = sapi("/sapi/v1/asset/wallet/balance", 60)
# What its reading is called where a capture names its wallet.
NAME = "control_total"


def read(client: VenueClient) -> Reading:
    """Read the overview once, asset by asset: it is compared with whole readings, not with itself.

    Raises:
        VenueError: the venue refuses, or answers no list.

    """
    client.refresh_clock()
    exchange = client.call(WALLET_BALANCE, {"needBalanceDetail": "true"})
    try:
        payloads.elements(exchange.body)
    except payloads.PayloadError as error:
        raise Permanent(client.venue, f"{exchange.path}: {error}") from None
    client.refresh_clock()
    return Reading(
        "ALL",
        NAME,
        exchange.venue_time,
        max(exchange.venue_time, client.venue_now_at_most),
        True,
        f'{{"wallets":{payloads.value(exchange.body)}}}',
        [exchange],
    )
