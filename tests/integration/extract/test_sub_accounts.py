"""What a master's key reads of sub-accounts without one, and the control total of the captures."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING

from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract import binance

if TYPE_CHECKING:
    from tests.integration.extract.conftest import Pipeline, Tables

# The list of sub-accounts, what is captured, and the transfers that are told by e-mail address.
ASSETS = [
    binance.open_before_captures,
    binance.raw_live_captures,
    binance.raw_control_totals,
    *(asset for asset in binance.raw_streams if asset.node_def.name == "binance_transfers"),
]
WALLETS = ("cm_futures", "cross_margin", "spot", "um_futures")
READ_BY_MASTER = """
select captures.account_ref, captures.wallet, captures.closes_day, captures.is_whole
from staging_binance.raw_live_captures as captures
join registry.data_sources on data_sources.id = captures.data_source_id
where data_sources.account_ref <> captures.account_ref
order by 1, 2, 3
"""
OUTCOMES = """
select account_ref, subject, result, reason from coverage.outcomes
where data_source_id = %s and account_ref <> %s order by account_ref, subject
"""


def subs_of(pipeline: Pipeline) -> tuple[str, str]:
    first, second = pipeline.world.binance.accounts[1:]
    return str(first.uid), str(second.uid)


def test_a_master_captures_its_sub_accounts_that_have_no_key(
    pipeline: Pipeline, tables: Tables
) -> None:
    [master] = pipeline.register("master")
    assert pipeline.run(0, assets=ASSETS).success
    first, second = subs_of(pipeline)
    day = pipeline.day(0)
    assert tables.rows(READ_BY_MASTER) == [
        (first, "cm_futures", day, True),
        (first, "cross_margin", day, True),
        (first, "spot", day, True),
        (first, "um_futures", day, True),
        (second, "spot", day, True),
    ]
    # The second has no other product, and that is no failure of the master's key.
    assert tables.rows(OUTCOMES, master.id, master.account_ref) == [
        *((first, wallet, "read", None) for wallet in WALLETS),
        (second, "cm_futures", "not_enabled", "not_enabled"),
        (second, "cross_margin", "not_enabled", "not_enabled"),
        (second, "spot", "read", None),
        (second, "um_futures", "not_enabled", "not_enabled"),
    ]


def test_what_is_captured_of_a_sub_account_is_what_it_has(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("master")
    pipeline.run(0, assets=ASSETS)
    first, _ = subs_of(pipeline)
    told = {
        (asset, part): Decimal(amount)
        for asset, part, amount in tables.rows(
            """
            select entry ->> 'asset', part.key, part.value
            from staging_binance.raw_live_captures as captures
            cross join lateral jsonb_array_elements(
                captures.balances #> '{sub_account_assets,balances}'
            ) as entry
            cross join lateral jsonb_each_text(entry) as part
            where captures.account_ref = %s and part.key in ('free', 'locked', 'freeze')
            """,
            first,
        )
    }
    spot: dict[str, Decimal] = {}
    for (asset, _), amount in told.items():
        spot[asset] = spot.get(asset, Decimal(0)) + amount
    truth = {
        cell.asset: amount
        for cell, amount in pipeline.world.positions(pipeline.closing(0)).items()
        if (cell.account_ref, cell.wallet, cell.component) == (first, "spot", "balance") and amount
    }
    assert spot == truth


def test_a_finished_day_reads_no_sub_account_again(pipeline: Pipeline, tables: Tables) -> None:
    pipeline.register("master")
    pipeline.run(0, assets=ASSETS)
    captured = tables.rows(READ_BY_MASTER)
    asked = tables.one("select count(*) from coverage.requests where path like '%%/sub-account/%%'")
    pipeline.run(0, assets=ASSETS)
    assert tables.rows(READ_BY_MASTER) == captured
    again = tables.one("select count(*) from coverage.requests where path like '%%/sub-account/%%'")
    # The list and the transfers are read again, the positions are not.
    assert again - asked < asked
    assert tables.one(
        "select count(*) from coverage.requests where path like '%%/sub-account/assets'"
    ) == 2 * len(subs_of(pipeline))


def test_a_sub_account_with_a_key_of_its_own_is_not_read_by_its_master(
    pipeline: Pipeline, tables: Tables
) -> None:
    sources = {source.account_ref: source for source in pipeline.register("master", "sub_account")}
    pipeline.run(0, assets=ASSETS)
    assert tables.rows(READ_BY_MASTER) == []
    first, _ = subs_of(pipeline)
    with closing(connect("coinfrs_registry", autocommit=True)) as connection:
        data_sources.disable(connection, sources[first].id, "it ended")
    # Its own key has closed the day; the next one is its master's.
    pipeline.run(0, assets=ASSETS)
    assert tables.rows(READ_BY_MASTER) == []
    pipeline.close(1, assets=ASSETS)
    assert [(ref, wallet) for ref, wallet, _, _ in tables.rows(READ_BY_MASTER)] == [
        (first, wallet) for wallet in WALLETS
    ]


def test_a_sub_accounts_own_key_captures_a_day_that_its_master_has_read(
    pipeline: Pipeline, tables: Tables
) -> None:
    pipeline.register("master")
    pipeline.run(0, assets=ASSETS)
    first, _ = subs_of(pipeline)
    pipeline.register("sub_account")
    pipeline.run(0, assets=ASSETS)
    own = tables.rows(
        "select count(distinct data_source_id), count(*) from staging_binance.raw_live_captures"
        " where account_ref = %s and wallet = 'spot' and closes_day = %s",
        first,
        pipeline.day(0),
    )
    assert own == [(2, 2)]


def test_a_revoked_master_key_is_the_outcome_of_each_sub_account(
    pipeline: Pipeline, tables: Tables
) -> None:
    [master] = pipeline.register("master")
    pipeline.run(0, assets=ASSETS)
    pipeline.fault(kind="revoke_key", api_key=pipeline.world.credentials()[0]["api_key"])
    pipeline.close(1, assets=ASSETS)
    refused = tables.rows(
        "select account_ref, subject from coverage.outcomes where data_source_id = %s"
        " and account_ref <> %s and day = %s and reason = 'unauthorised' order by 1, 2",
        *(master.id, master.account_ref, pipeline.day(1)),
    )
    assert refused == [(sub, wallet) for sub in subs_of(pipeline) for wallet in WALLETS]
    # One refusal is enough: they would all be refused alike.
    asked = tables.one(
        "select count(*) from coverage.requests where phase = 'captures' and status = 401"
        " and path like '%%/sub-account/%%'"
    )
    assert asked == 1


def test_the_control_total_is_read_once_beside_the_captures_of_a_day(
    pipeline: Pipeline, tables: Tables
) -> None:
    sources = pipeline.register("master", "sub_account")
    pipeline.run(0, assets=ASSETS)
    pipeline.run(0, assets=ASSETS)
    rows = tables.rows(
        "select account_ref, closes_day, jsonb_array_length(balances -> 'wallets')"
        " from staging_binance.raw_control_totals order by 1"
    )
    assert rows == [(source.account_ref, pipeline.day(0), 10) for source in sources]
    asked = tables.one(
        "select count(*) from coverage.requests where path like '%%/wallet/balance'"
        " and query like '%%needBalanceDetail=true%%' and phase = 'captures'"
    )
    assert asked == len(sources)
