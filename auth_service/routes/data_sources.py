"""One's own data sources: register one with a key that is proven read-only first, and keep it.

A secret comes in once and never goes out.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from auth_service.description import refusals
from auth_service.registry import sources
from auth_service.registry.data_source_models import (
    AccountShown,
    CredentialGiven,
    DataSourceChanged,
    DataSourceGiven,
    DataSourceShown,
)
from auth_service.registry.kept_answers import Answer, Retry, kept_answer, once
from auth_service.registry.pages import Page, Paged
from auth_service.routes.preconditions import IfMatch, etag, tag
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/datasources", tags=["data sources"])
T = TypeVar("T")

# A venue may take a minute to answer. However many wait for one, the other routes keep their
# threads.
_PROOFS_AT_ONCE = 4


@router.get("")
def list_data_sources(user: SignedIn, services: ServicesOf, asked: Paged) -> Page[DataSourceShown]:
    """List one's own data sources that are not disabled, oldest first."""
    with services.registry.connect() as connection:
        return sources.list_sources(connection, user, asked)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=DataSourceShown,
    responses=refusals(409, 429),
)
async def register_data_source(
    given: DataSourceGiven, user: SignedIn, services: ServicesOf, retry: Retry, request: Request
) -> Response:
    """Prove a key read-only at its venue, then store it sealed; if anything is unclear, refuse."""

    def answer() -> Response:
        kept = kept_answer(services, user, retry)
        if kept is not None:
            return kept
        proven = sources.prove(services, user, given)

        def act(connection: Connection) -> Answer:
            made = sources.store(services, connection, user, proven)
            where = {"Location": f"/api/v1/datasources/{made.id}"}
            return Answer(made, headers=etag(made) | where)

        return once(services, user, retry, act)

    return await _asking(request, answer)


@router.get("/{data_source_id}", responses=refusals(404))
def show_data_source(
    data_source_id: UUID, user: SignedIn, services: ServicesOf, response: Response
) -> DataSourceShown:
    """Show one, with its ETag."""
    with services.registry.connect() as connection:
        found = sources.find(connection, user, data_source_id)
    tag(response, found)
    return found


@router.put("/{data_source_id}", responses=refusals(404, 409, 412, 428))
def replace_data_source(
    data_source_id: UUID,
    given: DataSourceChanged,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> DataSourceShown:
    """Rename one, or have its history read from another day on."""
    with services.registry.begin() as connection:
        changed = sources.replace(connection, user, data_source_id, given, version)
    tag(response, changed)
    return changed


@router.delete("/{data_source_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(404))
def delete_data_source(data_source_id: UUID, user: SignedIn, services: ServicesOf) -> None:
    """End one: its wrapped key is destroyed; what was read with it stays, as evidence."""
    with services.registry.begin() as connection:
        sources.disable(connection, user, data_source_id)


@router.post("/{data_source_id}/validate", responses=refusals(404, 409, 422, 429))
async def validate_data_source(
    data_source_id: UUID, user: SignedIn, services: ServicesOf, request: Request
) -> DataSourceShown:
    """Prove its key again and list its accounts anew; a key that may do more by now is disabled."""
    return await _asking(request, lambda: sources.validate(services, user, data_source_id))


@router.put("/{data_source_id}/credential", responses=refusals(404, 409, 429))
async def replace_credential(
    data_source_id: UUID,
    given: CredentialGiven,
    user: SignedIn,
    services: ServicesOf,
    request: Request,
) -> DataSourceShown:
    """Prove another key of the same account read-only, then swap the old one for it."""
    return await _asking(
        request, lambda: sources.replace_credential(services, user, data_source_id, given)
    )


@router.get("/{data_source_id}/accounts", responses=refusals(404))
def list_accounts(
    data_source_id: UUID, user: SignedIn, services: ServicesOf, asked: Paged
) -> Page[AccountShown]:
    """List the accounts that its key showed when it was last proven, sub-accounts too."""
    with services.registry.connect() as connection:
        return sources.list_accounts(connection, user, data_source_id, asked)


def proofs_limiter() -> CapacityLimiter:
    """Return what bounds the proofs at once; made inside the running event loop."""
    return CapacityLimiter(_PROOFS_AT_ONCE)


async def _asking(request: Request, ask: Callable[[], T]) -> T:
    """Do what asks a venue, among the few that may at once."""
    limiter: CapacityLimiter = request.app.state.proofs
    return await anyio.to_thread.run_sync(ask, limiter=limiter)
