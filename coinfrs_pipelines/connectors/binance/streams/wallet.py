"""What else moves the spot and funding wallets: payments, conversions, rewards from the venue."""

from coinfrs_pipelines.connectors.binance.auth import VENUE
from coinfrs_pipelines.connectors.streams import Stream, unread

STREAMS: tuple[Stream, ...] = (
    unread(VENUE, "dividends", "spot"),
    unread(VENUE, "dust_conversions", "spot"),
    unread(VENUE, "conversions", "spot", "funding"),
    unread(VENUE, "fiat_orders", "spot"),
    unread(VENUE, "fiat_payments", "spot", "funding"),
    unread(VENUE, "pay_transactions", "spot", "funding"),
    unread(VENUE, "c2c_orders", "funding"),
    unread(VENUE, "rebates", "spot"),
    unread(VENUE, "cloud_mining_transfers", "spot", "funding"),
    unread(VENUE, "mining_payments", "funding"),
    unread(VENUE, "custody_transfers", "spot"),
    unread(VENUE, "stock_orders", "funding"),
    unread(VENUE, "nft_transactions", "spot", "funding"),
    # No endpoint shows these at all; their wallets can be moved all the same (B5, B8).
    unread(VENUE, "gift_cards", "funding"),
    unread(VENUE, "card_spending", "funding"),
    unread(VENUE, "trading_bots_and_copy_trading", "spot"),
)
