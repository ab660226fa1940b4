"""What is read from outside the exchange of coins, and what a refusal of it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.integration.extract.conftest import Pipeline, Tables

pytestmark = pytest.mark.long

OUTCOMES = """
select outcomes.account_ref, outcomes.subject, outcomes.result, outcomes.reason
from coverage.outcomes
where outcomes.day = %s and outcomes.subject = any(%s)
order by 1, 2
"""
PROVEN = """
select distinct account_ref, scope from coverage.intervals where stream = %s order by 1, 2
"""
FOR_EVER = 10**9


def refs_of(pipeline: Pipeline) -> tuple[str, str, str]:
    master, desk, managed = (str(account.uid) for account in pipeline.world.binance.accounts)
    return master, desk, managed


def test_each_end_of_a_managed_sub_account_is_read_by_its_own_key(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register()
    pipeline.close(0)
    master, _, managed = refs_of(pipeline)
    [email] = tables.rows(
        "select raw_payload ->> 'email' from staging_binance.raw_managed_sub_accounts"
    )
    assert tables.rows(PROVEN, "managed_sub_accounts") == [(master, "")]
    assert tables.rows(PROVEN, "managed_investment_transfers") == [(master, *email)]
    # The other sub-account was refused: nothing is proven of it.
    assert tables.rows(PROVEN, "managed_sub_account_transfers") == [(managed, "")]


def test_a_custodian_is_asked_about_by_the_master_one_sub_account_at_a_time(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("sub_account")
    pipeline.close(0)
    assert tables.rows(PROVEN, "custody_transfers") == []
    pipeline.register("master")
    pipeline.run(0)
    master, *_ = refs_of(pipeline)
    emails = sorted(account.email for account in pipeline.world.binance.accounts[1:])
    assert tables.rows(PROVEN, "custody_transfers") == [(master, email) for email in emails]


def test_a_refusal_of_the_venues_own_says_that_there_is_nothing_and_a_list_that_is_gone_does_not(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("master")
    refused, other = "/sapi/v1/nft/history/transactions", "/sapi/v1/asset/assetDividend"
    gone = "/sapi/v1/equity/tokenized/history"
    for kind, path in (("refused", refused), ("refused", other), ("gone", gone)):
        pipeline.world.faults.inject({"kind": kind, "path": path, "requests": FOR_EVER})
    pipeline.close(0)
    master, *_ = refs_of(pipeline)
    subjects = ["nft_transactions", "dividends", "stock_orders", "stock_conversions"]
    assert tables.rows(OUTCOMES, pipeline.day(0), subjects) == [
        (master, "dividends", "failed", "permanent"),
        (master, "nft_transactions", "not_enabled", "not_enabled"),
        (master, "stock_conversions", "failed", "permanent"),
        (master, "stock_orders", "read", None),
    ]
    assert tables.rows(PROVEN, "nft_transactions") == []
