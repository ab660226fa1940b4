"""Every stream of Binance that can move a wallet, and the reference lists.

One declaration per kind of record, in the module of its family; each number stands beside the
reason for it. What the fields mean stands in MAPPINGS.md. Streams that are not read are declared
all the same: what they can move is not proven without them (binance.md B8).
"""

from coinfrs_pipelines.connectors.binance.streams import (
    capital,
    earn,
    futures,
    loans,
    margin,
    outside,
    payments,
    portfolio,
    reference,
    spot,
    staking,
    transfers,
    wallet,
)
from coinfrs_pipelines.connectors.streams import Stream

STREAMS: tuple[Stream, ...] = (
    *reference.STREAMS,
    *capital.STREAMS,
    *transfers.STREAMS,
    *wallet.STREAMS,
    *payments.STREAMS,
    *outside.STREAMS,
    *earn.STREAMS,
    *staking.STREAMS,
    *loans.STREAMS,
    *margin.STREAMS,
    *futures.STREAMS,
    *portfolio.STREAMS,
    *spot.STREAMS,
)
