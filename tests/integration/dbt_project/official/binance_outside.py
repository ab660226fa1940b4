"""Transfers of managed sub-accounts, what a custodian lends, and orders of collectibles."""

from coinfrs_pipelines.connectors.binance.streams.outside import (
    CUSTODY_TRANSFERS,
    MANAGED_INVESTMENT_TRANSFERS,
    MANAGED_SUB_ACCOUNT_TRANSFERS,
    NFT_TRANSACTIONS,
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
    Sample(
        CUSTODY_TRANSFERS,
        "GET_sapi_v1_asset_custody_transfer-history.json",
        (
            ("spot", "ETH", "balance", "-1", "transfer", DONE),
            ("spot", "ETH", "balance", "1", "transfer", DONE),
        ),
        scope="testsub@gmail.com",
    ),
    # Sales, says the number before the underscore; the amounts are what was really received.
    Sample(
        NFT_TRANSACTIONS,
        "GET_sapi_v1_nft_history_transactions.json",
        (
            ("spot", "BNB", "balance", "19.6", "payment", DONE),
            ("spot", "BNB", "balance", "192", "payment", DONE),
        ),
        scope="1",
    ),
)
