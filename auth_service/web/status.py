"""The status pages: what is proven, what is not and why, and what a venue will forget."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from auth_service.errors import ApiError
from auth_service.registry import account_mappings, sources
from auth_service.registry.pages import PageAsked
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web import limits, standing
from auth_service.web.browser import PageUser
from auth_service.web.rendering import page
from auth_service.web.standing import Span, Whose

router = APIRouter(prefix="/status")

LastDay = Annotated[date | None, Query(alias="last")]
_NOTHING = "There is nothing here, or it is not yours to see."
VERDICTS = ("complete", "broken", "unproven")


@router.get("")
def overview(
    request: Request, services: ServicesOf, user: PageUser, last: LastDay = None
) -> Response:
    """Show every data source on every day, and what is not complete."""
    whose = _whose(services, user)
    with services.reader.connect() as reader:
        latest = standing.last_day(reader, whose)
        if latest is None:
            return _nothing_yet(request, services, user)
        span = _span(latest, last)
        heat = standing.source_days(reader, whose, span)
        told = [row.days[latest] for row in heat if latest in row.days]
        if latest not in span.days:
            today = standing.source_days(reader, whose, Span(latest, latest))
            told = [row.days[latest] for row in today]
        retention = limits.retention(reader, whose)
        return page(
            request,
            "status",
            span=span,
            latest=latest,
            heat=heat,
            counts={word: sum(getattr(each, word) for each in told) for word in VERDICTS},
            headline=_headline(told, latest),
            broken=standing.cells(reader, whose, span),
            reasons=standing.reasons(reader, whose, span),
            urgent=[row for row in retention if row.state != "safe"],
            safe=[row for row in retention if row.state == "safe"],
            outside=limits.outside(reader, whose),
            limit=standing.ROWS_SHOWN_MAX,
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
        latest = _known_last_day(reader, whose)
        span = _span(latest, last)
        return page(
            request,
            "status_source",
            source_id=source_id,
            name=_name(reader, whose, source_id, span),
            span=span,
            latest=latest,
            heat=standing.wallet_days(reader, whose, span, source_id),
            broken=standing.cells(reader, whose, span, source_id),
            reasons=standing.reasons(reader, whose, span, source_id),
            retention=limits.retention(reader, whose, source_id),
            outside=limits.outside(reader, whose, source_id),
            limit=standing.ROWS_SHOWN_MAX,
        )


@router.get("/{source_id}/{day}")
def of_day(
    request: Request, services: ServicesOf, user: PageUser, source_id: UUID, day: date
) -> Response:
    """Show what of a data source is not complete on a day, cell by cell."""
    whose = _whose(services, user)
    span = Span(day, day)
    with services.reader.connect() as reader:
        _known_last_day(reader, whose)
        name = _name(reader, whose, source_id, span)
        [told] = [
            row.days[day]
            for row in standing.source_days(reader, whose, span)
            if row.id == source_id
        ]
        return page(
            request,
            "status_day",
            source_id=source_id,
            name=name,
            day=day,
            counts={word: getattr(told, word) for word in VERDICTS},
            broken=standing.cells(reader, whose, span, source_id),
            unproven=standing.cells(reader, whose, span, source_id, ("unproven",)),
            reasons=standing.reasons(reader, whose, span, source_id),
            limit=standing.ROWS_SHOWN_MAX,
        )


def _whose(services: Services, user: User) -> Whose:
    with services.registry.connect() as connection:
        return Whose(user.id, account_mappings.shared_with(connection, user))


def _known_last_day(reader: Connection, whose: Whose) -> date:
    latest = standing.last_day(reader, whose)
    if latest is None:
        raise ApiError(HTTPStatus.NOT_FOUND, _NOTHING)
    return latest


def _name(reader: Connection, whose: Whose, source_id: UUID, span: Span) -> str:
    """Return the name of a data source that the user may see on these days."""
    for row in standing.source_days(reader, whose, span):
        if row.id == source_id:
            return row.name
    raise ApiError(HTTPStatus.NOT_FOUND, _NOTHING)


def _span(latest: date, last: date | None) -> Span:
    """Return the days shown: those up to the asked one, and never beyond what is known."""
    ends = min(last or latest, latest)
    length = timedelta(days=standing.DAYS_SHOWN - 1)
    return Span(ends - length if ends - date.min > length else date.min, ends)


def _headline(told: list[standing.Told], latest: date) -> str:
    """Return in a sentence how the last day stands."""
    proven = sum(each.verdict == "complete" for each in told)
    broken = sum(each.broken for each in told)
    day = f"{latest.day} {latest:%B %Y}"
    if not told:
        return f"Nothing is known of {day} yet."
    if proven == len(told):
        return f"Every balance of {day} is proven."
    start = f"{proven} of {len(told)} data sources are proven for {day}"
    if broken:
        return f"{start}; {broken} {'balance differs' if broken == 1 else 'balances differ'}."
    return f"{start}; no balance that could be decided differs."


def _nothing_yet(request: Request, services: Services, user: User) -> Response:
    with services.registry.connect() as connection:
        found = sources.list_sources(connection, user, PageAsked(limit=1))
    return page(request, "status", span=None, has_sources=bool(found.items))
