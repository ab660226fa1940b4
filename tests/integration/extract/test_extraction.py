"""The real assets over real HTTP against emulated venues: order, re-runs, refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from coinfrs_pipelines.connectors.binance.streams import STREAMS, futures, transfers
from coinfrs_pipelines.connectors.binance.wallets import WALLETS
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.data_sources import Credential
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract import binance, fireblocks
from coinfrs_pipelines.extract.binance import wallets

if TYPE_CHECKING:
    from typing import Any

    import pytest

    from coinfrs_pipelines.extract.attempts import Attempt
    from tests.integration.extract.conftest import OpenPipeline, Pipeline, Register, Tables

# What needs a product that the account does not have, is not asked.
OUTCOMES = """
select data_sources.name, subject, result, reason from coverage.outcomes
join registry.data_sources on data_sources.id = outcomes.data_source_id
where day = %s and result <> 'read' and coalesce(detail not like 'The account has no %%', true)
order by 1, 2, outcomes.id
"""


def filling(*tables: str) -> list[dg.AssetsDefinition]:
    """Return the steps of a Binance run that fill these tables, among others of their family."""
    return [asset for asset in binance.assets if any(key.path[-1] in tables for key in asset.keys)]


CAPTURES_AND_CAPITAL = filling("raw_symbols", "raw_live_captures", "raw_deposits")


def test_what_an_account_may_not_read_is_not_enabled_and_nothing_else_is(
    open_pipeline: OpenPipeline, tables: Tables
) -> None:
    pipeline = open_pipeline(options={"binance": {"subs_read_withdrawals": False}})
    subs = pipeline.register("sub_account", "master")[1:]
    pipeline.run(0, assets=filling("open_account_info", "raw_live_captures", "raw_withdrawals"))
    assert tables.rows(OUTCOMES, pipeline.day(0)) == sorted(
        (sub.name, "withdrawals", "not_enabled", "not_enabled") for sub in subs
    )


def test_a_symbol_the_venue_no_longer_knows_is_no_failure(
    pipeline: Pipeline, tables: Tables
) -> None:
    """It is in an archived list and not in the newest: it was delisted."""
    pipeline.register("master")
    pipeline.run(0, assets=[binance.raw_symbols])
    delisted = '[{"symbol":"OLDUSDT","baseAsset":"OLD","quoteAsset":"USDT","status":"TRADING"}]'
    tables.connection.execute(
        "update staging_binance.raw_symbols"
        " set raw_payload = raw_payload || %s::jsonb, payload_sha256 = 'another'",
        [delisted],
    )
    by_symbol = {s.name: s.raw_table for s in STREAMS if s.scope_rule == "symbols"}
    pipeline.run(0, assets=filling("raw_symbols", "raw_live_captures", *by_symbol.values()))
    assert tables.rows(
        "select result, reason, detail from coverage.outcomes where subject = 'spot_trades'"
    ) == [("read", "symbols_unknown_to_venue", "OLDUSDT")]
    assert tables.one("select count(*) from coverage.intervals where scope = 'OLDUSDT'") == 0
    asked = tables.rows("select stream from coverage.requests where scope = 'OLDUSDT'")
    assert sorted(asked) == sorted((name,) for name in by_symbol)


def test_a_bug_fails_the_step_after_the_others_have_landed(
    pipeline: Pipeline, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is nobody's refusal: it has to be looked at."""
    broken, *_ = pipeline.register("master", "sub_account")
    capture = wallets.capture  # type: ignore[attr-defined]  # The name that the step calls it by.

    def fail(attempt: Attempt, *how: Any) -> Any:
        if attempt.data_source.id == broken.id:
            raise ArithmeticError
        return capture(attempt, *how)

    monkeypatch.setattr(wallets, "capture", fail)
    result = pipeline.run(0, assets=[binance.raw_live_captures], raise_on_error=False)
    assert not result.success
    spot = "select count(*) from staging_binance.raw_live_captures where wallet = 'spot'"
    assert tables.one(spot) == 2


def test_a_credential_that_does_not_open_leaves_the_other_sources_read(
    pipeline: Pipeline, tables: Tables
) -> None:
    damaged, *_ = pipeline.register("master", "sub_account")
    tables.connection.execute(
        "update registry.credentials set secret_sealed = api_key_sealed where data_source_id = %s",
        [damaged.id],
    )
    assert pipeline.run(0, assets=[binance.raw_live_captures]).success
    spot = "select data_source_id from staging_binance.raw_live_captures where wallet = 'spot'"
    assert damaged.id not in {source for (source,) in tables.rows(spot)}
    assert len(tables.rows(spot)) == 2
    reasons = "select distinct reason from coverage.outcomes where data_source_id = %s"
    assert tables.rows(reasons, damaged.id) == [("unauthorised",)]


def test_a_walk_the_venue_breaks_off_leaves_requests_and_no_interval(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("master")
    deposits = filling("raw_deposits")
    intervals = "select count(*) from coverage.intervals where stream = 'deposits'"
    pipeline.fault(kind="http_429", path="/sapi/v1/capital/deposit", requests=9, retry_after=1)
    assert pipeline.run(0, assets=deposits).success
    assert tables.rows(OUTCOMES, pipeline.day(0)) == [
        (tables.one("select name from registry.data_sources"), "deposits", "failed", "throttled")
    ]
    assert tables.one("select count(*) from coverage.requests where status = 429") >= 1
    assert tables.one(intervals) == 0
    pipeline.http.delete(f"/emulator/worlds/{pipeline.world.name}/faults")
    assert pipeline.run(0, assets=deposits).success
    assert tables.one(intervals) == 1


def test_a_trade_shown_late_is_found_although_later_ones_are_stored(
    pipeline: Pipeline, tables: Tables
) -> None:
    """The walk resumes before the trailing window, not after the newest id."""
    pipeline.register("master", "sub_account")
    pipeline.at_closing(1)
    of_day = [
        event
        for event in pipeline.world.binance.ledger_events
        if event.kind == "trade" and pipeline.closing(0) < event.at < pipeline.closing(1)
    ]
    late = of_day[0]
    pipeline.fault(
        kind="late_row", event_id=late.event_id, **{"from": pipeline.closing(2).isoformat()}
    )
    fills = [*CAPTURES_AND_CAPITAL, *binance.raw_fills]
    count = "select count(*) from staging_binance.raw_spot_trades where occurred_at < %s"
    pipeline.run(1, assets=fills)
    shown_first = tables.one(count, pipeline.closing(1))
    pipeline.close(2, assets=fills)
    assert tables.one(count, pipeline.closing(1)) == shown_first + 1


def test_a_range_run_takes_one_capture_and_says_why_the_others_have_none(
    pipeline: Pipeline, tables: Tables
) -> None:
    [master] = pipeline.register("master")
    pipeline.at_closing(2)
    assert pipeline.run(0, 2, assets=CAPTURES_AND_CAPITAL).success
    assert tables.rows(
        "select wallet, closes_day from staging_binance.raw_live_captures"
        " where wallet in ('funding', 'spot') and account_ref = %s order by 1",
        master.account_ref,
    ) == [("funding", pipeline.day(2)), ("spot", pipeline.day(2))]
    assert tables.rows(
        "select subject, day, result, reason from coverage.outcomes"
        " where result <> 'read' and subject in ('funding', 'spot') and account_ref = %s"
        " order by 1, 2",
        master.account_ref,
    ) == [
        (wallet, pipeline.day(number), "not_taken", "day_is_past")
        for wallet in ("funding", "spot")
        for number in (0, 1)
    ]
    # Streams are read for the last day; the run is one attempt.
    assert tables.one("select count(*) from coverage.outcomes where subject = 'deposits'") == 1


def test_what_an_earlier_attempt_has_said_of_a_past_day_stays_the_reason(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("workspace")
    key = pipeline.world.credentials()[-1]["api_key"]
    captures = [fireblocks.raw_live_captures]
    pipeline.fault(kind="revoke_key", api_key=key)
    pipeline.run(0, assets=captures)
    pipeline.http.delete(f"/emulator/worlds/{pipeline.world.name}/faults")
    pipeline.at_closing(1)
    pipeline.run(0, 1, assets=captures)
    pipeline.run(0, assets=captures)
    assert tables.rows(
        "select day, result, reason from coverage.outcomes where subject = 'vault' order by id"
    ) == [
        (pipeline.day(0), "failed", "unauthorised"),
        (pipeline.day(1), "read", None),
    ]


def test_a_day_that_is_not_over_gets_no_capture_and_its_streams_all_the_same(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("master")
    pipeline.run(1, assets=CAPTURES_AND_CAPITAL)
    assert tables.one("select count(*) from staging_binance.raw_live_captures") == 0
    assert ("deposits",) in tables.rows("select subject from coverage.outcomes")
    assert tables.rows(OUTCOMES, pipeline.day(1))[-1][2:] == ("not_taken", "day_not_over")


def test_a_snapshot_that_is_missing_is_said_and_comes_later(
    pipeline: Pipeline, tables: Tables
) -> None:
    [master] = pipeline.register("master")
    day = pipeline.day(1).isoformat()
    positions = [binance.raw_live_captures, binance.raw_account_snapshots]
    pipeline.close(0, assets=positions)
    pipeline.fault(kind="missing_snapshot", account_ref=master.account_ref, day=day)
    pipeline.close(1, assets=positions)
    assert tables.rows(OUTCOMES, pipeline.day(1)) == [
        (master.name, "account_snapshots", "not_taken", "not_published")
    ]
    pipeline.http.delete(f"/emulator/worlds/{pipeline.world.name}/faults")
    pipeline.close(2, assets=positions)
    assert tables.rows(
        "select closes_day from staging_binance.raw_account_snapshots"
        " where wallet = 'spot' order by 1"
    ) == [(pipeline.day(number),) for number in range(3)]


def test_open_fireblocks_records_are_read_again_before_and_after_every_capture(
    open_pipeline: OpenPipeline, tables: Tables
) -> None:
    """By the listing while they lie in its window, by their id when they are older."""
    pipeline = open_pipeline(
        options={"fireblocks": {"late_approvals": True, "frozen_deposits": True}}
    )
    pipeline.register("workspace")
    for number in range(3):
        pipeline.close(number, assets=fireblocks.assets)
    closings = [pipeline.closing(number) for number in range(3)]
    for closing in closings[1:]:
        unread = tables.rows(
            """
            with versions as (
                select source_raw_id, raw_payload ->> 'status' as status, occurred_at,
                    row_number() over (partition by source_raw_id order by raw.id desc) as age
                from staging_fireblocks.raw_transactions as raw
                join coverage.requests on requests.id = request_id and observed_at < %(closing)s
            )
            select source_raw_id from versions
            where age = 1 and status not in ('COMPLETED', 'FAILED', 'CANCELLED', 'BLOCKED')
                and not exists (
                    select from coverage.intervals
                    where stream = 'transactions' and proven @> occurred_at
                        and scope in ('', source_raw_id) and as_of >= %(closing)s
                )
            """.replace("%(closing)s", f"'{closing.isoformat()}'")
        )
        assert unread == []
    # Before a capture only what is new is listed, so what is open is asked for by its id.
    assert tables.one(
        "select count(*) from coverage.requests where phase = 'before_captures' and scope <> ''"
    )
    assert tables.one(
        "select range_agg(proven) @> tstzrange('1970-01-01Z', %s) from coverage.intervals"
        " where stream = 'transactions' and scope = ''",
        closings[-1],
    )


def test_a_run_for_one_source_leaves_the_others_alone(pipeline: Pipeline, tables: Tables) -> None:
    """The tag names it by its id, or by its name as people type it."""
    by_id, by_name, *_ = pipeline.register("master", "sub_account")
    requests = "select distinct data_source_id from coverage.requests where run_id = %s"
    for tag, chosen in ((str(by_id.id), by_id), (by_name.name, by_name)):
        run = pipeline.run(0, assets=CAPTURES_AND_CAPITAL, tags={"coinfrs/source": tag})
        assert tables.rows(requests, run.run_id) == [(chosen.id,)]


def test_a_private_key_that_cannot_sign_is_an_outcome_and_fails_no_step(
    pipeline: Pipeline, register: Register, tables: Tables
) -> None:
    """Nothing can be asked with it, so it is the owner's to replace and no bug of ours."""
    credential = Credential("k" * 36, "no PEM")
    refused = register(venue="fireblocks", account_kind="workspace", credential=credential)
    pipeline.register("workspace")
    assert pipeline.run(0, assets=fireblocks.assets).success
    assert tables.rows(OUTCOMES, pipeline.day(0)) == [
        (refused.name, subject, "failed", "unauthorised")
        for subject in ("control_totals", "receipts", "transactions", "vault", "vault_accounts")
    ]
    assert tables.one("select count(*) from staging_fireblocks.raw_live_captures") > 0


def test_a_disabled_source_ends(pipeline: Pipeline, tables: Tables) -> None:
    ended, kept = pipeline.register("sub_account")
    with connect("coinfrs_registry", autocommit=True) as registry:
        data_sources.disable(registry, ended.id, "closed")
    pipeline.run(0, assets=CAPTURES_AND_CAPITAL)
    assert tables.rows("select distinct data_source_id from coverage.requests") == [(kept.id,)]


def test_history_reaches_back_and_is_read_once(pipeline: Pipeline, tables: Tables) -> None:
    """`--start`: what is older than the trailing window is read by the first run only."""
    start = pipeline.day(0) - timedelta(days=40)
    pipeline.register("master", history_start=start)
    transfers = filling("raw_asset_transfers")
    count = "select count(*) from coverage.requests where stream = 'asset_transfers'"
    pipeline.run(0, assets=transfers)
    first = tables.one(count)
    pipeline.run(0, assets=transfers)
    assert tables.one(count) - first < first / 2
    begins = (
        "select min(lower(proven))::date from coverage.intervals where stream = 'asset_transfers'"
    )
    assert tables.one(begins) == start - timedelta(days=3)


def test_what_the_venue_no_longer_keeps_is_never_proven(pipeline: Pipeline, tables: Tables) -> None:
    """An empty answer for a time that is gone would look like nothing had happened then."""
    pipeline.register("master", history_start=pipeline.day(0) - timedelta(days=400))
    streams = (futures.UM_INCOME, futures.CM_INCOME, transfers.ASSET_TRANSFERS)
    pipeline.run(0, assets=filling(*(stream.raw_table for stream in streams)))
    for stream in streams:
        assert stream.retention is not None
        oldest = tables.one(
            "select min(lower(proven)) from coverage.intervals where stream = %s", stream.name
        )
        assert oldest >= pipeline.closing(0) - stream.retention


def test_an_asset_shows_what_brought_something_new_and_counts_the_rest(
    pipeline: Pipeline, tables: Tables
) -> None:
    sources = pipeline.register("master", "sub_account")
    asked = {(source.name, wallet.name) for source in sources for wallet in WALLETS} | {
        (master.name, "sub_account_wallets")
        for master in sources
        if master.account_kind == "master"
    }
    result = pipeline.run(0, assets=[binance.raw_live_captures])
    [event] = result.get_asset_materialization_events()
    metadata = event.materialization.metadata
    shown = metadata["sources"]
    assert isinstance(shown, dg.TableMetadataValue)
    captured = tables.rows(
        "select distinct data_sources.name, split_part(wallet, ':', 1)"
        " from staging_binance.raw_live_captures"
        " join registry.data_sources on data_sources.id = data_source_id"
    )
    told = {(record.data["source"], record.data["subject"]) for record in shown.records}
    assert set(captured) <= told <= asked
    not_read = [record for record in shown.records if record.data["result"] not in ("read", "")]
    assert metadata["read"].value == len(asked) - len(not_read)
    landed = "select count(*) from staging_binance.raw_live_captures"
    assert metadata["new_rows"].value == tables.one(landed) >= 2 * len(sources)
