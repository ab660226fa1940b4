"""Income, loans, repayments, interest and exchanges of portfolio margin. The published sample of
coin-margined income is of this very wallet; of fills there is none.
"""

from coinfrs_pipelines.connectors.binance.streams.portfolio import (
    PM_CM_INCOME,
    PM_MARGIN_INTERESTS,
    PM_MARGIN_LOANS,
    PM_MARGIN_REPAYS,
    PM_NEGATIVE_BALANCE_EXCHANGES,
)
from tests.integration.dbt_project.official import Sample

DONE = "completed"
WALLET = "portfolio_margin"
SAMPLES = (
    Sample(
        PM_CM_INCOME,
        "GET_papi_v1_cm_income.json",
        # The transfer is between two ledgers of the wallet.
        ((WALLET, "BTC", "balance", "-0.01", "fee", DONE),),
    ),
    Sample(
        PM_MARGIN_LOANS,
        "GET_papi_v1_margin_marginLoan.json",
        (
            (WALLET, "BNB", "balance", "0.84624403", "borrow", DONE),
            (WALLET, "BNB", "loan", "0.84624403", "borrow", DONE),
        ),
        scope="BNB",
    ),
    Sample(
        PM_MARGIN_REPAYS,
        "GET_papi_v1_margin_repayLoan.json",
        (
            (WALLET, "BNB", "balance", "-14", "repay", DONE),
            (WALLET, "BNB", "loan", "-13.98133333", "repay", DONE),
            (WALLET, "BNB", "interest", "-0.01866667", "repay", DONE),
        ),
        scope="BNB",
    ),
    Sample(
        PM_MARGIN_INTERESTS,
        "GET_papi_v1_margin_marginInterestHistory.json",
        ((WALLET, "USDT", "interest", "0.00024995", "interest", DONE),),
    ),
    Sample(
        PM_NEGATIVE_BALANCE_EXCHANGES,
        "GET_papi_v1_portfolio_negative-balance-exchange-record.json",
        # Its amounts are not told: nothing is booked, and both assets are unproven.
        (),
    ),
)
