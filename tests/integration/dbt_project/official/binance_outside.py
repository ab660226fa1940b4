"""Transfers of managed sub-accounts."""

from coinfrs_pipelines.connectors.binance.streams.outside import (
    MANAGED_INVESTMENT_TRANSFERS,
    MANAGED_SUB_ACCOUNT_TRANSFERS,
)
from tests.integration.dbt_project.official import Sample

DONE = "completed"
MANAGED = "GET_sapi_v1_managed-subaccount_query-trans-log.json"
SAMPLES = (
    Sample(
        MANAGED_SUB_ACCOUNT_TRANSFERS,
        MANAGED,
        (("spot", "BNB", "balance", "-0.01", "transfer", DONE),),
        account_kind="sub_account",
    ),
    # The investor is shown the same, and asks by the sub-account's e-mail.
    Sample(
        MANAGED_INVESTMENT_TRANSFERS,
        MANAGED,
        (("spot", "BNB", "balance", "0.01", "transfer", DONE),),
        scope="test_0_virtual@kq3kno9imanagedsub.com",
    ),
)
