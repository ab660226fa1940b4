"""For any sequence of readings: every change lands once, and coverage asks for exactly the rest."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count, groupby
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinfrs_pipelines.connectors.binance.streams.capital import DEPOSITS
from coinfrs_pipelines.connectors.http import Exchange
from coinfrs_pipelines.connectors.walks import Page, Record
from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.data_sources import Credential, DataSource
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.extract.evidence import Phase, Proven, Provenance
from coinfrs_pipelines.extract.landing import land_walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psycopg

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
numbers = count()

# Few ids and few contents, so that they come back; one of them is refused by jsonb.
CONTENTS = ("1.0", "1.00", "1", "\x00")
records = st.tuples(st.sampled_from("ab"), st.sampled_from(CONTENTS))
# A walk is pages of records; one account is walked several times.
walks = st.lists(st.lists(st.lists(records, max_size=4), min_size=1, max_size=2), max_size=4)
hours = st.integers(0, 60)
spans = st.tuples(hours, hours).filter(lambda span: span[0] < span[1])


@pytest.fixture(scope="module")
def connection(module_database: Mapping[str, str]) -> Iterator[psycopg.Connection]:  # noqa: ARG001 -- it is opened there.
    with connect("coinfrs_extract", autocommit=True) as opened:
        yield opened


def new_source() -> DataSource:
    with connect("coinfrs_registry", autocommit=True) as registry:
        number = next(numbers)
        return data_sources.register(
            registry,
            Keyring.from_settings(),
            owner_id=UUID(str(data_sources.operator_id(registry))),
            venue="binance",
            environment="emulator",
            name=f"source {number}",
            credential=Credential("k" * 64, "s" * 64),
            account_ref=str(number),
            account_kind="master",
            evidence={},
        )


def provenance(source: DataSource) -> Provenance:
    return Provenance(
        run_id="run",
        phase=Phase.AFTER_CAPTURES,
        data_source_id=source.id,
        account_ref=source.account_ref,
        resolution=timedelta(milliseconds=1),
        stream="deposits",
    )


def page_of(records: list[tuple[str, str]]) -> Page:
    exchange = Exchange("GET", "/deposits", "", 200, b"[]", 1, EPOCH, EPOCH, 1)
    return Page(
        exchange,
        tuple(
            Record(source_raw_id, EPOCH, json.dumps({"v": content}), ordinal)
            for ordinal, (source_raw_id, content) in enumerate(records)
        ),
    )


def land(
    connection: psycopg.Connection, source: DataSource, pages: list[Page], proven: Proven
) -> None:
    exchanges = [page.exchange for page in pages]
    land_walk(connection, provenance(source), DEPOSITS, exchanges, pages, proven)


@given(walks)
@settings(max_examples=60, deadline=None)
def test_what_is_stored_is_what_was_read_without_repetitions(
    connection: psycopg.Connection, walks: list[list[list[tuple[str, str]]]]
) -> None:
    """Of each record the sequence of its contents, each once per change, in order and complete."""
    source = new_source()
    read = defaultdict(list)
    for walk in walks:
        land(connection, source, [page_of(page) for page in walk], Proven(None, EPOCH))
        for page in walk:
            for source_raw_id, content in page:
                read[source_raw_id].append(content)
    stored = defaultdict(list)
    for source_raw_id, payload in connection.execute(
        """
        select source_raw_id, payload from (
            select id, source_raw_id, raw_payload::text as payload, data_source_id
            from staging_binance.raw_deposits
            union all
            select id, source_raw_id, raw_text, data_source_id from staging_binance.quarantine
        ) as versions where data_source_id = %s order by id
        """,
        [source.id],
    ):
        stored[source_raw_id].append(json.loads(payload)["v"])
    assert stored == {
        source_raw_id: [content for content, _ in groupby(contents)]
        for source_raw_id, contents in read.items()
    }


@given(
    proven=st.lists(spans, max_size=6),
    again=hours,
    back=st.none() | hours,
    now=st.integers(61, 70),
)
@settings(max_examples=100, deadline=None)
def test_what_is_to_read_closes_every_hole_and_is_read_only_where_it_must_be(
    connection: psycopg.Connection,
    proven: list[tuple[int, int]],
    again: int,
    back: int | None,
    now: int,
) -> None:
    """Hour by hour: unproven since the beginning, or in the trailing window, or not asked for."""
    source = new_source()
    for start, end in proven:
        span = Proven(at(start), at(end))
        land(connection, source, [page_of([])], span)
    to_read = coverage.to_read(
        connection,
        source,
        "deposits",
        "",
        again_from=at(again),
        reach_back_to=None if back is None else at(back),
        now=at(now),
    )
    covered = {hour for start, end in proven for hour in range(start, end)}
    begins = min([again, *(start for start, _ in proven), *([] if back is None else [back])])
    expected = {hour for hour in range(begins, now) if hour not in covered or hour >= again}
    asked = [
        hour
        for span in to_read
        for hour in range(
            (span.start - EPOCH) // timedelta(hours=1), (span.end - EPOCH) // timedelta(hours=1)
        )
    ]
    assert asked == sorted(expected)


def at(hour: int) -> datetime:
    return EPOCH + timedelta(hours=hour)
