"""Income of futures wallets, and bills of options. No sample of coin-margined income is published
but the one of portfolio margin, which has its shape.
"""

from coinfrs_pipelines.connectors.binance.streams.futures import (
    CM_INCOME,
    OPTION_BILLS,
    UM_INCOME,
)
from tests.integration.dbt_project.official import Sample

DONE = "completed"
SAMPLES = (
    Sample(
        UM_INCOME,
        "GET_fapi_v1_income.json",
        (
            ("um_futures", "USDT", "balance", "-0.375", "transfer", DONE),
            ("um_futures", "USDT", "balance", "-0.01", "fee", DONE),
        ),
    ),
    Sample(
        CM_INCOME,
        "GET_papi_v1_cm_income.json",
        (
            ("cm_futures", "BTC", "balance", "-0.375", "transfer", DONE),
            ("cm_futures", "BTC", "balance", "-0.01", "fee", DONE),
        ),
    ),
    Sample(
        OPTION_BILLS,
        "GET_eapi_v1_bill__connector.json",
        (("options", "USDT", "balance", "-0.552", "fee", DONE),),
    ),
)
