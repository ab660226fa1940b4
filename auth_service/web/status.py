"""The status pages: what is proven, what is not and why, and what a venue will forget."""

from collections.abc import Sequence
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from auth_service.errors import ApiError
from auth_service.registry import account_mappings, sources
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web import incomplete, limits, standing
from auth_service.web.browser import PageUser
from auth_service.web.lists import every
from auth_service.web.rendering import page
from auth_service.web.standing import HeatRow, Registered, Span, Whose

router = APIRouter(prefix="/status")

LastDay = Annotated[date | None, Query(alias="last")]
VERDICTS = ("complete", "broken", "unproven")
_NAMED_MAX = 3


@router.get("")
def overview(
    request: Request, services: ServicesOf, user: PageUser, last: LastDay = None
) -> Response:
    """Show every data source on every day, and what is not complete."""
    whose = _whose(services, user)
    with services.reader.connect() as reader:
        known = standing.known_days(reader, whose)
        if known is None:
            return page(request, "status", span=None, has_sources=bool(whose.sources))
        span = _span(known, last)
        heat = newest = standing.source_days(reader, whose, span)
        if known.last not in span.days:
            newest = standing.source_days(reader, whose, Span(known.last, known.last))
        # One that has ended and was read on that day counts; of others no such day is expected.
        wanted = [row for row in newest if known.last in row.days or not row.has_ended]
        told = [row.days[known.last] for row in wanted if known.last in row.days]
        retention = limits.retention(reader, whose)
        return page(
            request,
            "status",
            span=span,
            known=known,
            heat=heat,
            counts={word: sum(getattr(each, word) for each in told) for word in VERDICTS},
            headline=_headline(wanted, known.last),
            unknown=[row for row in wanted if known.last not in row.days],
            broken=incomplete.cells(reader, whose, span),
            reasons=incomplete.reasons(reader, whose, span),
            retention=retention,
            urgent=[row for row in retention if row.state != "safe"],
            safe=[row for row in retention if row.state == "safe"],
            outside=limits.outside(reader, whose),
        )


@router.get("/{source_id}")
def of_source(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    source_id: UUID,
    last: LastDay = None,
) -> Response:
    """Show every wallet of a data source on every day."""
    whose = _whose(services, user)
    with services.reader.connect() as reader:
        source = _source(reader, whose, source_id)
        own = standing.known_days(reader, whose, source_id)
        known = standing.known_days(reader, whose)
        if own is None or known is None:
            return page(request, "status_source", source=source, span=None)
        # Days of other sources that this one has nothing of are shown as what they are: not known.
        known = own if source.has_ended else Span(own.first, known.last)
        span = _span(known, last)
        return page(
            request,
            "status_source",
            source=source,
            span=span,
            known=known,
            is_late=own.last < known.last,
            heat=standing.wallet_days(reader, whose, span, source_id),
            broken=incomplete.cells(reader, whose, span, source_id),
            reasons=incomplete.reasons(reader, whose, span, source_id),
            retention=limits.retention(reader, whose, source_id),
            outside=limits.outside(reader, whose, source_id),
        )


@router.get("/{source_id}/{day}")
def of_day(
    request: Request, services: ServicesOf, user: PageUser, source_id: UUID, day: date
) -> Response:
    """Show what of a data source is not complete on a day, cell by cell."""
    whose = _whose(services, user)
    span = Span(day, day)
    with services.reader.connect() as reader:
        source = _source(reader, whose, source_id)
        known = standing.known_days(reader, whose, source_id)
        rows = standing.source_days(reader, whose, span) if known is not None else []
        told = next((row.days.get(day) for row in rows if row.id == source_id), None)
        if told is None:
            raise _nothing()
        return page(
            request,
            "status_day",
            source=source,
            day=day,
            counts={word: getattr(told, word) for word in VERDICTS},
            broken=incomplete.cells(reader, whose, span, source_id),
            unproven=incomplete.cells(reader, whose, span, source_id, ("unproven",)),
            reasons=incomplete.reasons(reader, whose, span, source_id),
        )


def _whose(services: Services, user: User) -> Whose:
    with services.registry.connect() as connection:
        own = every(lambda asked: sources.list_sources(connection, user, asked))
        return Whose(
            user.id,
            account_mappings.shared_with(connection, user),
            [Registered(each.id, each.name, each.venue) for each in own],
        )


def _source(reader: Connection, whose: Whose, source_id: UUID) -> HeatRow:
    """Return a data source that the user may see, whether or not any day of it is known."""
    source = standing.find_source(reader, whose, source_id)
    if source is None:
        raise _nothing()
    return source


def _nothing() -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, "There is nothing here, or it is not yours to see.")


def _span(known: Span, last: date | None) -> Span:
    """Return the days shown: those up to the asked one, of which at least one is known."""
    ends = max(known.first, min(last or known.last, known.last))
    return Span(ends - timedelta(days=standing.DAYS_SHOWN - 1), ends)


def _headline(rows: Sequence[HeatRow], latest: date) -> str:
    """Return in a sentence or two how the last day stands; what is not known is not proven."""
    told = [row.days[latest] for row in rows if latest in row.days]
    unknown = [row.name for row in rows if latest not in row.days]
    proven = sum(each.verdict == "complete" for each in told)
    broken = sum(each.broken for each in told)
    day = f"{latest.day} {latest:%B %Y}"
    if proven == len(rows):
        return f"Every balance of {day} is proven."
    start = f"{proven} of {len(rows)} data sources are proven for {day}"
    if broken:
        start += f"; {broken} {'balance differs' if broken == 1 else 'balances differ'}."
    else:
        start += "; no balance that could be decided differs."
    return f"{start} Nothing is known of that day for {_listed(unknown)}." if unknown else start


def _listed(names: Sequence[str]) -> str:
    """Return names in a row, of many the first."""
    if len(names) > _NAMED_MAX:
        names = [*names[:_NAMED_MAX], f"{len(names) - _NAMED_MAX} more"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
