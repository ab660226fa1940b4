"""Trades, deposits, withdrawals and transfers between wallets."""

from coinfrs_pipelines.connectors.binance.streams.capital import DEPOSITS, WITHDRAWALS
from coinfrs_pipelines.connectors.binance.streams.spot import SPOT_TRADES
from coinfrs_pipelines.connectors.binance.streams.transfers import ASSET_TRANSFERS
from tests.integration.dbt_project.official import Sample

DONE = "completed"
SAMPLES = (
    Sample(
        SPOT_TRADES,
        "GET_api_v3_myTrades.json",
        (
            ("spot", "BNB", "balance", "12", "trade", DONE),
            ("spot", "BTC", "balance", "-48.000012", "trade", DONE),
            ("spot", "BNB", "balance", "-10.1", "fee", DONE),
        ),
    ),
    Sample(
        DEPOSITS,
        "GET_sapi_v1_capital_deposit_hisrec.json",
        (
            ("spot", "BNB", "balance", "0.001", "deposit", DONE),
            ("spot", "IOTA", "balance", "0.5", "deposit", DONE),
        ),
    ),
    Sample(
        WITHDRAWALS,
        "GET_sapi_v1_capital_withdraw_history.json",
        (
            ("funding", "BTC", "balance", "-0.004", "fee", DONE),
            ("funding", "BTC", "balance", "-0.0015", "withdrawal", DONE),
            ("funding", "BTC", "in_transit", "0.0055", "withdrawal", DONE),
            ("funding", "BTC", "in_transit", "-0.0055", "withdrawal", DONE),
            ("funding", "USDT", "balance", "-0.004", "fee", DONE),
            ("funding", "USDT", "balance", "-8.91", "withdrawal", DONE),
            ("funding", "USDT", "in_transit", "8.914", "withdrawal", DONE),
            ("funding", "USDT", "in_transit", "-8.914", "withdrawal", DONE),
        ),
    ),
    # The futures side is told by the futures wallet's own income.
    Sample(
        ASSET_TRANSFERS,
        "GET_sapi_v1_asset_transfer.json",
        (
            ("spot", "USDT", "balance", "-1", "transfer", DONE),
            ("spot", "USDT", "balance", "-2", "transfer", DONE),
        ),
        scope="MAIN_UMFUTURE",
    ),
)
