"""Of accounts of a trade group the orders are read, and what was prevented of those on the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.connectors.binance.streams.spot import PREVENTED_MATCHES
from coinfrs_pipelines.extract import binance

if TYPE_CHECKING:
    from tests.integration.extract.conftest import OpenPipeline, Tables

pytestmark = pytest.mark.long

STATUSES = """
select source_raw_id, array_agg(raw_payload ->> 'status' order by id)
from staging_binance.raw_spot_orders
where raw_payload ? 'preventedMatchId'
group by source_raw_id
"""
# Each order's prevented quantity, newest, and the sum of its side of the matches.
PREVENTED = """
select distinct on (orders.data_source_id, orders.source_raw_id)
    (orders.raw_payload ->> 'preventedQuantity')::numeric, (
        select sum((raw_payload ->> 'makerPreventedQuantity')::numeric)
        from staging_binance.raw_prevented_matches as matches
        where matches.data_source_id = orders.data_source_id
            and orders.raw_payload ->> 'orderId'
                in (raw_payload ->> 'makerOrderId', raw_payload ->> 'takerOrderId')
    )
from staging_binance.raw_spot_orders as orders
where raw_payload ? 'preventedMatchId'
order by orders.data_source_id, orders.source_raw_id, orders.id desc
"""
TRADED = """
select count(*) from staging_binance.raw_spot_trades where raw_payload ->> 'symbol' = 'BNBETH'
"""
ASKED = "select distinct account_ref from coverage.intervals where stream = %s order by 1"
OUTCOMES = """
select account_ref, result from coverage.outcomes
where day = %s and subject = 'spot_orders' order by 1
"""


def test_an_order_on_the_book_is_read_until_all_that_was_prevented_of_it_is_known(
    open_pipeline: OpenPipeline, tables: Tables
) -> None:
    pipeline = open_pipeline(days_count=3, options={"binance": {"trade_group": True}})
    pipeline.register("master", "sub_account")
    for number in range(3):
        pipeline.at_closing(number)
        pipeline.run(number, assets=binance.assets)
    # One was met on the first day, and again on the second.
    assert ["NEW", "EXPIRED_IN_MATCH"] in [statuses for _, statuses in tables.rows(STATUSES)]
    told = tables.rows(PREVENTED)
    assert told
    assert [(prevented, known) for prevented, known in told if prevented != known] == []

    # A pair that is opened for the group alone is a candidate as any other.
    [(traded,)] = tables.rows(TRADED)
    assert traded > 0

    master, desk, other = sorted(str(each.uid) for each in pipeline.world.binance.accounts)
    assert tables.rows(ASKED, PREVENTED_MATCHES.name) == [(master,), (desk,)]
    # Nothing told of the time before the first reading that the third one was of no group.
    assert tables.rows(OUTCOMES, pipeline.day(0)) == [(a, "read") for a in (master, desk, other)]
    assert tables.rows(OUTCOMES, pipeline.day(2)) == [
        (master, "read"),
        (desk, "read"),
        (other, "not_enabled"),
    ]


def test_an_order_that_is_refused_for_good_does_not_stop_the_others(
    open_pipeline: OpenPipeline, tables: Tables
) -> None:
    pipeline = open_pipeline(days_count=2, options={"binance": {"trade_group": True}})
    pipeline.register("master")
    pipeline.fault(kind="gone", path="/api/v3/myPreventedMatches", requests=1)
    pipeline.close(1, assets=binance.assets)
    [(outcome,)] = tables.rows(
        "select result from coverage.outcomes where subject = %s", PREVENTED_MATCHES.name
    )
    assert outcome != "read"
    scopes = "select count(distinct scope) from coverage.{} where stream = %s"
    asked = tables.one(scopes.format("requests"), PREVENTED_MATCHES.name)
    assert asked == 2
    assert tables.one(scopes.format("intervals"), PREVENTED_MATCHES.name) == asked - 1
