"""Location groups, the accounts in them, and their approval by a second person."""

from http import HTTPStatus
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Connection

from auth_service.description import refusals
from auth_service.registry import account_mappings, location_groups
from auth_service.registry.account_mappings import AccountGiven, MappedAccount
from auth_service.registry.kept_answers import Answer, Retry, once
from auth_service.registry.location_groups import (
    LocationGroup,
    LocationGroupChanged,
    LocationGroupGiven,
)
from auth_service.registry.pages import Page, Paged
from auth_service.routes.preconditions import IfMatch, etag, tag
from auth_service.services import ServicesOf, SignedIn

router = APIRouter(prefix="/location-groups", tags=["location groups"])


@router.get("")
def list_location_groups(
    user: SignedIn, services: ServicesOf, asked: Paged, portfolio_id: UUID | None = None
) -> Page[LocationGroup]:
    """List the location groups of one's portfolios, or of one of them, oldest first."""
    with services.registry.connect() as connection:
        return location_groups.KEPT.page(connection, user, asked, portfolio_id=portfolio_id)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=LocationGroup,
    responses=refusals(403, 404, 409),
)
def create_location_group(
    given: LocationGroupGiven, user: SignedIn, services: ServicesOf, retry: Retry
) -> Response:
    """Make a location group in a portfolio that one owns."""

    def act(connection: Connection) -> Answer:
        made = location_groups.create(connection, user, given)
        where = {"Location": f"/api/v1/location-groups/{made.id}"}
        return Answer(made, headers=etag(made) | where)

    return once(services, user, retry, act)


@router.get("/{location_group_id}", responses=refusals(404))
def show_location_group(
    location_group_id: UUID, user: SignedIn, services: ServicesOf, response: Response
) -> LocationGroup:
    """Show one, with its ETag."""
    with services.registry.connect() as connection:
        found = location_groups.KEPT.find(connection, user, location_group_id)
    tag(response, found)
    return found


@router.put("/{location_group_id}", responses=refusals(403, 404, 409, 412, 428))
def replace_location_group(
    location_group_id: UUID,
    given: LocationGroupChanged,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> LocationGroup:
    """Change one, against the ETag that was read."""
    with services.registry.begin() as connection:
        changed = location_groups.replace(connection, user, location_group_id, given, version)
    tag(response, changed)
    return changed


@router.delete(
    "/{location_group_id}", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 404, 409)
)
def delete_location_group(location_group_id: UUID, user: SignedIn, services: ServicesOf) -> None:
    """Delete one that nothing uses; its row stays, dated, for the audit."""
    with services.registry.begin() as connection:
        location_groups.delete(connection, user, location_group_id)


@router.post("/{location_group_id}/approval", responses=refusals(403, 404, 409, 412, 428))
def approve_location_group(
    location_group_id: UUID,
    user: SignedIn,
    version: IfMatch,
    services: ServicesOf,
    response: Response,
) -> LocationGroup:
    """Approve what it is now, as an owner or approver who did not change it last."""
    with services.registry.begin() as connection:
        approved = location_groups.approve(connection, user, location_group_id, version)
    tag(response, approved)
    return approved


@router.get("/{location_group_id}/accounts", responses=refusals(404))
def list_mapped_accounts(
    location_group_id: UUID, user: SignedIn, services: ServicesOf, asked: Paged
) -> Page[MappedAccount]:
    """List the accounts that are mapped into it, the first mapped first."""
    with services.registry.connect() as connection:
        return account_mappings.list_accounts(connection, user, location_group_id, asked)


@router.post(
    "/{location_group_id}/accounts",
    status_code=HTTPStatus.CREATED,
    response_model=MappedAccount,
    responses=refusals(403, 404, 409),
)
def map_account(
    location_group_id: UUID,
    given: AccountGiven,
    user: SignedIn,
    services: ServicesOf,
    retry: Retry,
) -> Response:
    """Map an account of one's own data sources into it; its members see its verdicts."""
    return once(
        services,
        user,
        retry,
        lambda connection: Answer(
            account_mappings.map_account(connection, user, location_group_id, given)
        ),
    )


@router.delete(
    "/{location_group_id}/accounts/{account_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=refusals(403, 404),
)
def unmap_account(
    location_group_id: UUID, account_id: UUID, user: SignedIn, services: ServicesOf
) -> None:
    """Take an account out of it."""
    with services.registry.begin() as connection:
        account_mappings.unmap(connection, user, location_group_id, account_id)
