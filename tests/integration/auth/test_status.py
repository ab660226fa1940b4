"""The status pages over HTTP, on tables as dbt builds them: nothing unknown is told as proven."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from coinfrs_pipelines.core import database as core_database
from tests.integration.auth.test_forms import Person
from tests.integration.auth.test_isolation import add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.auth.conftest import Door, Serve

pytestmark = pytest.mark.usefixtures("views_made")

LAST = date(2026, 1, 12)
PROVEN = "Every balance of 12 January 2026 is proven."
# What the models make of the registry, for one owner.
BUILD = """
delete from canonical.data_sources where owner_id = %(owner)s;
delete from canonical.accounts where owner_id = %(owner)s;
insert into canonical.data_sources (
    data_source_id, owner_id, venue, environment, name, account_ref, account_kind, created_at,
    disabled_at
)
select id, owner_id, venue, environment, name, account_ref, account_kind, created_at, disabled_at
from registry.data_sources where owner_id = %(owner)s;
insert into canonical.accounts (
    account_id, owner_id, venue, environment, external_id, name, kind, is_in_proof
)
select seen.account_id, owner_id, venue, environment, external_id, seen.name, seen.kind, true
from registry.data_source_accounts as seen
join registry.data_sources on data_sources.id = seen.data_source_id
where owner_id = %(owner)s
"""
DAY = """
insert into completeness.wallet_days (owner_id, account_id, venue, wallet, day, cell_count,
    complete_count, broken_count, unproven_count, verdict, reasons)
values (%s, %s, 'binance', 'spot', %s, 3, 3, 0, 0, 'complete', '{}')
"""
BROKEN = """
insert into completeness.verdicts (owner_id, account_id, venue, wallet, asset, component, day,
    verdict, reasons, kind, opening_amount, movement_amount, expected_amount, observed_amount,
    difference)
select %s, %s, 'binance', 'spot', 'COIN' || number, 'balance', %s, 'broken', '{}', 'live_capture',
    1, 0, 1, 2, 1
from generate_series(1, %s) as number
"""
OUTSIDE = """
insert into canonical.accounts (account_id, owner_id, venue, environment, external_id, kind,
    is_in_proof, outside_reason)
select gen_random_uuid(), owner_id, venue, environment, external_id || '/' || number, 'gas_station',
    false, 'why'
from canonical.accounts cross join generate_series(1, %s) as number where account_id = %s
"""
FORGOTTEN = """
insert into completeness.retention (retention_id, owner_id, account_id, venue, stream, scope,
    retention_days, wanted_from, forgotten_at, days_left, state)
select gen_random_uuid(), %s, %s, 'binance', 'stream_' || number, '', 90, now(), now(), 90, 'safe'
from generate_series(1, %s) as number
"""


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    """Return a service of this module's own, whose database the tests look into."""
    return serve()


class Treasurer(Person):
    """Somebody with data sources, of which days are known."""

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        email = self.sign_in()
        with core_database.connect("coinfrs_auth") as connection:
            [(owner,)] = connection.execute(
                "select id from auth.users where email = %s", [email]
            ).fetchall()
        self.id = UUID(str(owner))

    def source(self, name: str, *days: date) -> tuple[str, str]:
        """Have a source with complete days; return its id and that of its account."""
        source_id, account_id = add_source(str(self.id), name)
        with core_database.connect("coinfrs_transform") as connection:
            for day in days:
                connection.execute(DAY, [self.id, account_id, day])
        return source_id, account_id

    def build(self) -> None:
        with core_database.connect("LOGIN") as connection:
            connection.execute(BUILD.replace("%(owner)s", f"'{self.id}'").encode())

    def status(self, path: str = "") -> str:
        answer = self.send("GET", f"/status{path}")
        assert answer.status_code == 200, (path, answer.text)
        return answer.text


@pytest.fixture
def treasurer(door: Door) -> Iterator[Treasurer]:
    somebody = Treasurer(door)
    yield somebody
    somebody.http.close()


def test_a_day_is_proven_where_every_source_says_so(treasurer: Treasurer) -> None:
    """The control of what follows."""
    treasurer.source("first", LAST)
    treasurer.source("second", LAST)
    treasurer.build()
    assert PROVEN in treasurer.status()


def test_a_source_without_any_day_keeps_the_last_day_from_being_proven(
    treasurer: Treasurer,
) -> None:
    treasurer.source("first", LAST)
    silent, _ = treasurer.source("never captured")
    treasurer.build()
    page = treasurer.status()
    assert PROVEN not in page
    assert "1 of 2 data sources are proven for 12 January 2026" in page
    assert "Nothing is known of that day for never captured." in page
    assert f'<a href="/status/{silent}">never captured</a><span' in page
    assert "Nothing: every wallet of these days is decided." not in page


def test_a_source_counts_from_its_registration_on_and_not_from_the_next_build(
    treasurer: Treasurer,
) -> None:
    treasurer.source("first", LAST)
    treasurer.build()
    treasurer.source("new")
    page = treasurer.status()
    assert PROVEN not in page
    assert "Nothing is known of that day for new." in page


def test_a_source_that_was_not_attempted_for_the_last_day_is_not_proven(
    treasurer: Treasurer,
) -> None:
    treasurer.source("first", LAST)
    late, _ = treasurer.source("late", LAST - timedelta(days=1))
    treasurer.build()
    page = treasurer.status()
    assert PROVEN not in page
    assert "Nothing is known of that day for late." in page
    assert "Nothing is known of it yet for 12 Jan 2026" in treasurer.status(f"/{late}")
    # Nor while days before are looked at.
    assert PROVEN not in treasurer.status("?last=2026-01-11")


def test_a_source_that_has_ended_is_not_waited_for(treasurer: Treasurer) -> None:
    treasurer.source("first", LAST)
    ended, _ = treasurer.source("ended", LAST - timedelta(days=1))
    treasurer.build()
    with core_database.connect("coinfrs_registry") as connection:
        connection.execute(
            "update registry.data_sources set disabled_at = now(), disabled_reason = 'x'"
            " where id = %s",
            [ended],
        )
    # Before the next build, too, which is what tells the tables of reports.
    for _ in range(2):
        page = treasurer.status()
        assert PROVEN in page
        assert f"/status/{ended}/2026-01-11" in page
        treasurer.build()


def test_the_status_of_a_new_source_says_that_nothing_is_decided(treasurer: Treasurer) -> None:
    treasurer.source("first", LAST)
    new, _ = treasurer.source("new")
    assert "No day of new is decided yet" in treasurer.status(f"/{new}")
    treasurer.build()
    assert "No day of new is decided yet" in treasurer.status(f"/{new}")
    assert treasurer.send("GET", f"/status/{new}/2026-01-12").status_code == 404
    assert treasurer.send("GET", f"/status/{uuid4()}").status_code == 404


def test_one_goes_back_to_the_first_known_day_and_no_further(treasurer: Treasurer) -> None:
    days = [LAST - timedelta(days=number) for number in range(30)]
    source, _ = treasurer.source("main", *days)
    treasurer.source("newer", LAST)
    treasurer.build()
    for path in ("", f"/{source}"):
        seen, page = 1, treasurer.status(path)
        while earlier := re.search(r'href="/status([^"]+)" rel="prev"', page):
            page, seen = treasurer.status(earlier[1]), seen + 1
        assert "14 Dec 2025" in page
        assert seen == 3
        assert 'rel="next"' in page
    for path in ("", f"/{source}"):
        for asked in ("0001-01-01", "0001-01-03", "9999-12-31"):
            assert 'class="heat complete"' in treasurer.status(f"{path}?last={asked}")


@pytest.mark.parametrize(("rows", "is_cut"), [(200, False), (201, True)])
def test_what_is_cut_off_is_said(treasurer: Treasurer, rows: int, *, is_cut: bool) -> None:
    source, account = treasurer.source("main", LAST)
    treasurer.build()
    with core_database.connect("coinfrs_transform") as connection:
        connection.execute(BROKEN, [treasurer.id, account, LAST, rows])
        connection.execute(OUTSIDE, [rows, account])
        connection.execute(FORGOTTEN, [treasurer.id, account, rows])
    for path in ("", f"/{source}", f"/{source}/2026-01-12"):
        page = treasurer.status(path)
        assert page.count(">COIN") == 200
        assert ("The newest 200 are shown, of more." in page) is is_cut
    page = treasurer.status()
    assert ("At least 200 kinds of history" in page) is is_cut
    for path in ("", f"/{source}"):
        page = treasurer.status(path)
        assert ("The most urgent 200 are shown, of more." in page) is is_cut
        assert ("The first 200 are shown, of more." in page) is is_cut
