"""Fiat: the one published order expired, and so moved nothing."""

from coinfrs_pipelines.connectors.binance.streams.payments import FIAT_ORDERS
from tests.integration.dbt_project.official import Sample

SAMPLES = (
    Sample(
        FIAT_ORDERS,
        "GET_sapi_v1_fiat_orders.json",
        (("spot", "BRL", "balance", "10", "deposit", "failed"),),
        scope="0",
    ),
)
