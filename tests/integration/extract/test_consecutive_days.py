"""Three days of every data source, read once: what each test asks is asked of these same runs.

The second day is read twice, and during the third the venues' clocks run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.connectors.binance.streams import STREAMS as BINANCE_STREAMS
from coinfrs_pipelines.connectors.fireblocks.streams import STREAMS as FIREBLOCKS_STREAMS

if TYPE_CHECKING:
    from typing import Any

    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Pipeline, Tables

pytestmark = pytest.mark.long

FIRST, SECOND, RUNNING = range(3)

# What needs a product that the account does not have, is not asked.
NOT_READ = """
select data_sources.name, subject, result, reason from coverage.outcomes
join registry.data_sources on data_sources.id = outcomes.data_source_id
where run_id = %s and result <> 'read' and coalesce(detail not like 'The account has no %%', true)
"""
POSITIONS_ASKED = """
select count(*) from coverage.requests where phase = 'captures'
    -- Whether there are pairs by now, is asked again of who had none.
    and path not in ('/api/v3/time', '/v1/workspace', '/sapi/v1/margin/isolated/account')
"""


@dataclass(frozen=True)
class Stored:
    """What there is at a moment."""

    contents: dict[str, set[tuple[Any, ...]]]
    requests: int
    requests_for_positions: int


@dataclass(frozen=True)
class Days:
    """The runs of the three days, and what was stored before and after the second was run again."""

    sources: list[DataSource]
    run_ids: tuple[str, str, str]
    before: Stored
    after: Stored


@pytest.fixture(scope="module")
def days(module_pipeline: Pipeline, module_tables: Tables) -> Days:
    def stored() -> Stored:
        return Stored(
            module_tables.contents(),
            module_tables.one("select count(*) from coverage.requests"),
            module_tables.one(POSITIONS_ASKED),
        )

    sources = module_pipeline.register()
    first, second = (module_pipeline.close(number).run_id for number in (FIRST, SECOND))
    before = stored()
    module_pipeline.run(SECOND)
    after = stored()
    module_pipeline.at_closing(RUNNING)
    module_pipeline.emulation.clock.run()
    running = module_pipeline.run(RUNNING).run_id
    return Days(sources, (first, second, running), before, after)


@pytest.mark.parametrize("number", [FIRST, SECOND, RUNNING])
def test_a_day_reads_every_stream_of_every_source(
    days: Days, module_pipeline: Pipeline, module_tables: Tables, number: int
) -> None:
    tables, day = module_tables, module_pipeline.day(number)
    # Nobody invests in the first of the two sub-accounts.
    assert tables.rows(NOT_READ, days.run_ids[number]) == [
        ("market making", "managed_sub_account_transfers", "not_enabled", "not_enabled")
    ]
    attempted = "select count(distinct data_source_id) from coverage.outcomes where run_id = %s"
    assert tables.one(attempted, days.run_ids[number]) == len(days.sources)
    # The emulated world: five vault accounts, three Binance accounts, of which two have margin.
    captured: dict[str, int] = dict(
        tables.rows(
            "select wallet, count(*) from staging_binance.raw_live_captures"
            " where closes_day = %s group by 1",
            day,
        )
    )
    assert (captured["spot"], captured["funding"], captured["cross_margin"]) == (3, 3, 2)
    vaults = "select count(*) from staging_fireblocks.raw_live_captures where closes_day = %s"
    assert tables.one(vaults, day) >= 1
    snapshots = (
        "select count(*) from staging_binance.raw_account_snapshots"
        " where wallet = 'spot' and closes_day = %s"
    )
    assert tables.one(snapshots, day) == 3


@pytest.mark.usefixtures("days")
def test_every_declared_stream_is_on_record_and_what_stays_the_same_is_stored_once(
    module_tables: Tables,
) -> None:
    assert module_tables.one("select count(*) from coverage.streams") == len(
        [*BINANCE_STREAMS, *FIREBLOCKS_STREAMS]
    )
    counts = module_tables.raw_counts()
    assert counts["staging_binance.raw_symbols"] == 1
    assert counts["staging_binance.raw_sub_accounts"] == 2
    assert counts["staging_fireblocks.raw_transactions"] > 0


@pytest.mark.parametrize("venue", ["binance", "fireblocks"])
@pytest.mark.parametrize("number", [FIRST, SECOND])
def test_the_phases_of_a_run_sort_around_its_captures(
    days: Days, module_pipeline: Pipeline, module_tables: Tables, number: int, venue: str
) -> None:
    """On a held clock: before < taken_at, the reading's end < what was read after it."""
    [(before, taken, ended, after)] = module_tables.rows(
        f"""
        with requests as (
            select phase, observed_at from coverage.requests
            join registry.data_sources on data_sources.id = data_source_id
            where run_id = %s and venue = '{venue}'
        )
        select
            (select max(observed_at) from requests where phase = 'before_captures'),
            min(taken_at), max(reading_ended_at),
            (select min(observed_at) from requests where phase = 'after_captures')
        from staging_{venue}.raw_live_captures where run_id = %s
        """,
        *(days.run_ids[number], days.run_ids[number]),
    )
    assert before < taken <= ended < after
    assert taken == module_pipeline.closing(number)


@pytest.mark.parametrize("venue", ["binance", "fireblocks"])
def test_a_running_clock_orders_a_run_as_a_held_one_does(
    days: Days, module_tables: Tables, venue: str
) -> None:
    """Each data source by itself, because they are read at once."""
    assert module_tables.one(
        f"""
        with requests as (
            select data_source_id, phase, observed_at from coverage.requests where run_id = %s
        )
        select bool_and(
            taken_at <= reading_ended_at and reading_ended_at <= (
                select min(observed_at) from requests
                where phase = 'after_captures'
                    and requests.data_source_id = captures.data_source_id
            ) and taken_at > (
                select max(observed_at) from requests
                where phase = 'before_captures'
                    and requests.data_source_id = captures.data_source_id
            )
        ) from staging_{venue}.raw_live_captures as captures where run_id = %s
        """,
        *(days.run_ids[RUNNING], days.run_ids[RUNNING]),
    )


@pytest.mark.parametrize("number", [SECOND, RUNNING])
def test_streams_are_proven_through_the_closing_as_of_after_it(
    days: Days, module_pipeline: Pipeline, module_tables: Tables, number: int
) -> None:
    """What a cell needs: [opening - trailing, closing), read at or after the closing."""
    opening, closing = module_pipeline.closing(number - 1), module_pipeline.closing(number)
    known = list(days.run_ids[: number + 1])
    needed = {"deposits": 87, "withdrawals": 87, "asset_transfers": 3, "universal_transfers": 3}
    for stream, trailing in needed.items():
        uncovered = module_tables.rows(
            """
            select account_ref, scope from coverage.intervals
            where stream = %s and run_id = any(%s)
            group by data_source_id, account_ref, scope
            having not coalesce(range_agg(proven) filter (where as_of >= %s), '{}')
                @> tstzrange(%s, %s)
            """,
            *(stream, known, closing, opening - timedelta(days=trailing), closing),
        )
        assert uncovered == []
    proven = module_tables.rows(
        "select scope, range_agg(proven) @> tstzrange(null, %s) from coverage.intervals"
        " where stream = 'spot_trades' and run_id = any(%s) group by data_source_id, scope",
        *(closing, known),
    )
    assert len(proven) > 20
    assert all(is_proven for _, is_proven in proven)


@pytest.mark.usefixtures("days")
def test_every_symbol_with_trades_is_found_and_their_assets_too(
    module_pipeline: Pipeline, module_tables: Tables
) -> None:
    """The fixpoint: each symbol that contains an asset of a trade was read to its end."""
    unread = module_tables.rows(
        """
        with listed as (
            select entry ->> 'symbol' as symbol, entry ->> 'baseAsset' as base,
                entry ->> 'quoteAsset' as quote
            from staging_binance.raw_symbols, jsonb_array_elements(raw_payload) as entry
        ),
        trades as (
            select data_source_id, raw_payload ->> 'symbol' as symbol,
                raw_payload ->> 'commissionAsset' as fee
            from staging_binance.raw_spot_trades
        ),
        seen as (
            select data_source_id, unnest(array[base, quote, fee]) as asset
            from trades join listed using (symbol)
        )
        select distinct data_source_id, symbol from listed
        join seen on asset in (base, quote)
        except
        select data_source_id, scope from coverage.intervals where stream = 'spot_trades'
        """
    )
    assert unread == []
    fills = [
        event
        for event in module_pipeline.world.binance.ledger_events
        if event.kind == "trade" and event.at < module_pipeline.closing(RUNNING)
    ]
    assert module_tables.one("select count(*) from staging_binance.raw_spot_trades") == len(fills)


def test_a_finished_day_run_again_adds_no_row_and_little_work(days: Days) -> None:
    before, after = days.before, days.after
    assert after.contents == before.contents
    # Trailing re-reads and clocks, but no capture: less than half of what one day takes.
    assert after.requests - before.requests < before.requests / 2
    assert after.requests_for_positions == before.requests_for_positions
