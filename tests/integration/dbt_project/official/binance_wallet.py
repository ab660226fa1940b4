"""Dividends, conversions of dust and cloud mining."""

from coinfrs_pipelines.connectors.binance.streams.wallet import (
    CLOUD_MINING_TRANSFERS,
    DIVIDENDS,
    DUST_CONVERSIONS,
)
from tests.integration.dbt_project.official import Sample

DONE = "completed"
SAMPLES = (
    # Two rows of one payment.
    Sample(
        DIVIDENDS,
        "GET_sapi_v1_asset_assetDividend.json",
        (
            ("spot", "BHFT", "balance", "10", "reward", DONE),
            ("spot", "BHFT", "balance", "10", "reward", DONE),
        ),
    ),
    # What is received is net of the charge already.
    Sample(
        DUST_CONVERSIONS,
        "GET_sapi_v1_asset_dribblet.json",
        (
            ("spot", "USDT", "balance", "-0.0009", "conversion", DONE),
            ("spot", "BNB", "balance", "0.000441", "conversion", DONE),
            ("spot", "ETH", "balance", "-0.0009", "conversion", DONE),
            ("spot", "BNB", "balance", "0.00088156", "conversion", DONE),
            ("spot", "USDT", "balance", "-0.001", "conversion", DONE),
            ("spot", "BNB", "balance", "0.00049", "conversion", DONE),
            ("spot", "ETH", "balance", "-0.0001", "conversion", DONE),
            ("spot", "BNB", "balance", "0.00009795", "conversion", DONE),
        ),
    ),
    Sample(
        CLOUD_MINING_TRANSFERS,
        "GET_sapi_v1_asset_ledger-transfer_cloud-mining_queryByPage.json",
        (
            ("spot", "USDT", "balance", "-25.0068", "payment", DONE),
            ("spot", "USDT", "balance", "0.027", "payment", DONE),
            ("spot", "USDT", "balance", "-0.027", "payment", DONE),
            ("spot", "USDT", "balance", "-0.018", "payment", DONE),
            ("spot", "USDT", "balance", "-0.018", "payment", DONE),
        ),
    ),
)
