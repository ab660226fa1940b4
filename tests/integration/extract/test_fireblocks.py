"""What of Fireblocks is read when: records that may change, receipts, the venue's own totals."""

from datetime import timedelta
from typing import Any

import pytest

from coinfrs_pipelines.extract import fireblocks

REREAD = """
select scope, count(*) from coverage.requests
where run_id = %s and stream = 'transactions' and scope <> '' group by scope
"""
OLD_AND_OPEN = """
select source_raw_id from (
    select distinct on (source_raw_id)
        source_raw_id, occurred_at, raw_payload ->> 'status' as status
    from staging_fireblocks.raw_transactions order by source_raw_id, id desc
) as newest
where status not in ('COMPLETED', 'FAILED', 'CANCELLED', 'BLOCKED', 'REJECTED')
    and occurred_at < %s
"""
UNTOLD = """
select count(distinct source_raw_id) from staging_fireblocks.raw_transactions
where raw_payload ->> 'status' = 'FAILED' and raw_payload #>> '{feeInfo,networkFee}' = '-1'
    and raw_payload ->> 'txHash' like '0x%' and raw_payload #>> '{source,type}' = 'VAULT_ACCOUNT'
    and raw_payload #>> '{blockInfo,blockHeight}' <> ''
"""


def test_what_is_open_is_read_at_each_closing_and_waits_longer_the_older_it_is(
    open_pipeline: Any, tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run before the captures reads all; one on a day that is captured asks again too soon."""
    pipeline = open_pipeline(options={"fireblocks": {"late_approvals": True}})
    pipeline.register("workspace")
    # Nothing is listed again, so that what is read again is read by its id.
    monkeypatch.setattr(
        "coinfrs_pipelines.extract.attempts.coverage.read_again_from",
        lambda _opening, now, _trailing: now,
    )
    pipeline.close(0, assets=fireblocks.assets)
    pipeline.close(1, assets=fireblocks.assets)
    closing = pipeline.close(2, assets=fireblocks.assets).run_id
    waiting = {tx_id for (tx_id,) in tables.rows(OLD_AND_OPEN, pipeline.closing(1))}
    assert waiting
    assert waiting <= {tx_id for tx_id, _ in tables.rows(REREAD, closing)}
    pipeline.emulation.clock.advance_to(pipeline.closing(2) + timedelta(minutes=10))
    soon = pipeline.run(2, assets=fireblocks.assets).run_id
    assert not waiting & {tx_id for tx_id, _ in tables.rows(REREAD, soon)}
    # A day old, it waits for an hour.
    pipeline.emulation.clock.advance_to(pipeline.closing(2) + timedelta(hours=3))
    later = pipeline.run(2, assets=fireblocks.assets).run_id
    assert waiting <= {tx_id for tx_id, _ in tables.rows(REREAD, later)}


def test_a_fee_that_no_record_tells_is_looked_up_once_in_its_receipt(
    open_pipeline: Any, tables: Any
) -> None:
    pipeline = open_pipeline(options={"fireblocks": {"failed_fee_is_known": False}})
    pipeline.register("workspace")
    for number in range(3):
        pipeline.close(number, assets=fireblocks.assets)
    untold = tables.one(UNTOLD)
    assert untold > 0
    assert tables.one("select count(*) from staging_fireblocks.raw_receipts") == untold
    asked = "select count(*) from coverage.requests where path like '%receipt'"
    assert tables.one(asked) == untold
    assert tables.rows(
        "select distinct subject, result from coverage.outcomes where subject = 'receipts'"
    ) == [("receipts", "read")]


def test_a_receipt_that_the_venue_refuses_leaves_its_outcome_and_the_rest_is_read(
    open_pipeline: Any, tables: Any
) -> None:
    pipeline = open_pipeline(options={"fireblocks": {"failed_fee_is_known": False}})
    pipeline.register("workspace")
    pipeline.fault(kind="gone", path="/v1/contract_interactions", requests=1)
    for number in range(3):
        assert pipeline.close(number, assets=fireblocks.assets).success
    results = {
        result
        for (result,) in tables.rows(
            "select result from coverage.outcomes where subject = 'receipts'"
        )
    }
    assert results == {"read", "failed"}
    # The next run asks again.
    assert tables.one("select count(*) from staging_fireblocks.raw_receipts") == tables.one(UNTOLD)


def test_the_venues_own_totals_are_landed_once_a_closing(open_pipeline: Any, tables: Any) -> None:
    pipeline = open_pipeline()
    pipeline.register("workspace")
    for number in range(2):
        pipeline.close(number, assets=fireblocks.assets)
    pipeline.run(1, assets=fireblocks.assets)
    assert tables.rows(
        "select closes_day, count(*) from staging_fireblocks.raw_control_totals"
        " group by 1 order by 1"
    ) == [(pipeline.day(number), 1) for number in range(2)]
    assert (
        tables.one(
            "select min(jsonb_array_length(balances -> 'assets')) from"
            " staging_fireblocks.raw_control_totals"
        )
        > 0
    )
