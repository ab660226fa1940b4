"""A data source that cannot be read at all: the others are, and what became of it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coinfrs_pipelines.connectors.binance.streams import capital
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.data_sources import Credential
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.extract import binance
from coinfrs_pipelines.extract.permissions import CHECK, permission_proofs

if TYPE_CHECKING:
    import dagster as dg

    from coinfrs_pipelines.core.data_sources import DataSource
    from tests.integration.extract.conftest import Pipeline, Register, Tables

OUTCOMES = """
select result, reason from coverage.outcomes
where data_source_id = %s and subject = %s order by id desc limit 1
"""


def seal_with_an_unknown_key(tables: Tables, source: DataSource) -> None:
    """Let the envelope of a credential name a key that no keyring has."""
    tables.connection.execute(
        "update registry.credentials set api_key_sealed = set_byte(api_key_sealed, 2, ascii('z'))"
        " where data_source_id = %s",
        [source.id],
    )


def outcome(tables: Tables, source: DataSource, subject: str) -> tuple[str, str | None]:
    [(result, reason)] = tables.rows(OUTCOMES, source.id, subject)
    return result, reason


def deposits() -> list[dg.AssetsDefinition]:
    of_deposits = binance.table_of(capital.DEPOSITS)
    return [asset for asset in binance.raw_streams if of_deposits in asset.keys]


def test_a_credential_of_a_key_that_is_gone_stops_no_proof_and_no_reading_of_others(
    pipeline: Pipeline, tables: Tables
) -> None:
    locked, sound = pipeline.register("master", "sub_account")[:2]
    seal_with_an_unknown_key(tables, locked)
    tables.connection.execute(
        "update registry.permission_proofs set proven_at = now() - interval '1 day'"
    )
    result = pipeline.run(0, assets=[permission_proofs, binance.streams_registered, *deposits()])
    [evaluation] = [
        each for each in result.get_asset_check_evaluations() if each.check_name == CHECK
    ]
    assert not evaluation.passed
    [told] = evaluation.metadata["keys"].records  # type: ignore[attr-defined]  # A table.
    assert (told.data["data source"], told.data["reason"]) == (locked.name, "unreadable")
    assert outcome(tables, locked, "deposits") == ("failed", "unauthorised")
    assert outcome(tables, sound, "deposits") == ("read", None)


def test_a_source_of_an_environment_that_is_none_here_stops_no_other(
    pipeline: Pipeline, tables: Tables, register: Register
) -> None:
    """As one of the emulator, left over in an installation that allows none."""
    left_over = register(environment="nowhere")
    [master] = pipeline.register("master")
    pipeline.run(0, assets=[binance.raw_coins, *deposits()])
    for subject in ("coins", "deposits"):
        assert outcome(tables, left_over, subject) == ("failed", "wrong_environment")
        assert outcome(tables, master, subject) == ("read", None)


def test_nothing_is_read_with_a_key_that_sees_another_account(
    pipeline: Pipeline, tables: Tables, register: Register
) -> None:
    """It would land as the data source's own; a proof that was not answered changes nothing."""
    given = pipeline.world.credentials()[0]
    source = register(
        account_ref="999", credential=Credential(given["api_key"], given["api_secret"])
    )
    tables.connection.execute(
        "update registry.permission_proofs set proven_at = now() - interval '1 day'"
    )
    pipeline.run(0, assets=[permission_proofs, binance.streams_registered])
    keep_proof(source, is_read_only=False)
    pipeline.run(0, assets=deposits())
    assert outcome(tables, source, "deposits") == ("failed", "other_account")
    assert tables.one("select count(*) from coverage.requests") == 0
    keep_proof(source, is_read_only=True)
    pipeline.run(0, assets=deposits())
    assert outcome(tables, source, "deposits") == ("read", None)


def keep_proof(source: DataSource, *, is_read_only: bool) -> None:
    with connect("coinfrs_registry", autocommit=True) as connection:
        data_sources.keep_proof(connection, source, {}, is_read_only=is_read_only)


def test_the_lists_of_the_exchange_are_read_by_the_next_key_if_the_oldest_is_refused(
    pipeline: Pipeline, tables: Tables
) -> None:
    revoked, second, third = pipeline.register("master", "sub_account")
    pipeline.fault(kind="revoke_key", api_key=pipeline.world.credentials()[0]["api_key"])
    pipeline.run(0, assets=[binance.raw_coins, binance.raw_delistings])
    for subject in ("coins", "delistings"):
        assert outcome(tables, revoked, subject) == ("failed", "unauthorised")
        assert outcome(tables, second, subject) == ("read", None)
        assert tables.rows(OUTCOMES, third.id, subject) == []


def test_a_venue_that_is_down_is_not_asked_by_one_key_after_the_other(
    pipeline: Pipeline, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coinfrs_pipelines.connectors.http.TRIES_MAX", 1)
    first, second, _ = pipeline.register("master", "sub_account")
    pipeline.fault(kind="http_5xx", path="/sapi/v1/capital/config/getall", requests=50)
    pipeline.run(0, assets=[binance.raw_coins])
    assert outcome(tables, first, "coins") == ("failed", "transient")
    assert tables.rows(OUTCOMES, second.id, "coins") == []


def test_every_source_that_the_database_refuses_is_named(
    pipeline: Pipeline, tables: Tables, capfd: pytest.CaptureFixture[str]
) -> None:
    sources = pipeline.register("master", "sub_account")
    tables.connection.execute(
        "alter table coverage.outcomes add constraint none check (false) not valid"
    )
    result = pipeline.run(0, assets=deposits(), raise_on_error=False)
    assert not result.success
    told = [line for line in capfd.readouterr().err.splitlines() if "CheckViolation" in line]
    assert [source.name for source in sources if any(source.name in line for line in told)] == [
        source.name for source in sources
    ]
