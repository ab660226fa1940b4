"""Loans, exchanges of small liabilities and repayments after liquidations.

Of capital flow, interest and transfers no sample is among the published ones that stand here: their
legs are in the unit tests of the models.
"""

from coinfrs_pipelines.connectors.binance.streams.margin import (
    MARGIN_BORROW_REPAYS,
    MARGIN_LIQUIDATION_REPAYS,
    MARGIN_SMALL_LIABILITY_EXCHANGES,
)
from tests.integration.dbt_project.official import Sample

DONE = "completed"
PAIR = "isolated_margin:BNBUSDT"
SAMPLES = (
    # The published row is of a pair, and has both parts of a repayment.
    Sample(
        MARGIN_BORROW_REPAYS,
        "GET_sapi_v1_margin_borrow-repay.json",
        (
            (PAIR, "BNB", "loan", "-13.98133333", "repay", DONE),
            (PAIR, "BNB", "interest", "-0.01866667", "repay", DONE),
        ),
        scope="REPAY/BNBUSDT",
    ),
    Sample(
        MARGIN_SMALL_LIABILITY_EXCHANGES,
        "GET_sapi_v1_margin_exchange-small-liability-history.json",
        (
            ("cross_margin", "ETH", "loan", "-0.00083434", "conversion", DONE),
            ("cross_margin", "BUSD", "loan", "1.37576819", "conversion", DONE),
        ),
    ),
    Sample(
        MARGIN_LIQUIDATION_REPAYS,
        "GET_sapi_v1_margin_liquidation-loan_repay-history.json",
        (("spot", "USDC", "balance", "-300", "repay", DONE),),
    ),
)
