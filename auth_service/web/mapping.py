"""The page that maps a data source's accounts into location groups, and so shares their verdicts.

Left out: the same account by account, which is the API's (`routes/location_groups.py`).
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from auth_service.errors import ApiError
from auth_service.registry import account_mappings, location_groups, portfolios, sources
from auth_service.registry.access import Role
from auth_service.registry.data_source_models import AccountShown
from auth_service.registry.pages import PageAsked
from auth_service.registry.refusals import conflict, invalid
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web.browser import PageUser
from auth_service.web.forms import Form, FormOf
from auth_service.web.lists import First, every
from auth_service.web.rendering import page, redirect

router = APIRouter(prefix="/sources/{source_id}/accounts")

ACCOUNTS_PER_PAGE = 50
_NONE = "none"


@router.get("")
def show(
    request: Request,
    services: ServicesOf,
    user: PageUser,
    source_id: UUID,
    cursor: str | None = None,
    done: str = "",
) -> Response:
    """Show the accounts of a data source and the location group of each."""
    return _page(request, services, user, source_id, cursor, done=done)


@router.post("")
def save(
    request: Request, services: ServicesOf, user: PageUser, form: FormOf, source_id: UUID
) -> Response:
    """Move the accounts whose location group was chosen anew, all of them or none."""
    cursor = form.get("cursor")
    try:
        with services.registry.begin() as connection:
            asked = PageAsked(limit=ACCOUNTS_PER_PAGE, cursor=cursor)
            for account in sources.list_accounts(connection, user, source_id, asked).items:
                _move(connection, user, account, form)
    except ApiError as error:
        return _page(request, services, user, source_id, cursor, error=error)
    following = f"&cursor={cursor}" if cursor else ""
    return redirect(request, f"/sources/{source_id}/accounts?done=mapped{following}")


def _move(connection: Connection, user: User, account: AccountShown, form: Form) -> None:
    """Move an account from the location group that the form has shown to the chosen one.

    Raises:
        ApiError: 409 where it is in another one by now; as `map_account` and `unmap`.

    """
    wanted = _chosen(form, f"group-{account.account_id}")
    shown = _chosen(form, f"was-{account.account_id}")
    if wanted == shown:
        return
    if account.location_group_id != shown:
        raise conflict(
            f"{account.name or account.external_id} was mapped otherwise since this page was "
            "opened. Look at what it is in now, and choose again."
        )
    if shown is not None:
        account_mappings.unmap(connection, user, shown, account.account_id)
    if wanted is not None:
        given = account_mappings.AccountGiven(account_id=account.account_id)
        account_mappings.map_account(connection, user, wanted, given)


def _chosen(form: Form, field: str) -> UUID | None:
    chosen = form.get(field, _NONE)
    try:
        return None if chosen == _NONE else UUID(chosen)
    except ValueError:
        raise invalid(field, "is no location group") from None


def _page(
    request: Request,
    services: Services,
    user: User,
    source_id: UUID,
    cursor: str | None,
    *,
    done: str = "",
    error: ApiError | None = None,
) -> Response:
    with services.registry.connect() as connection:
        source = sources.find(connection, user, source_id)
        asked = PageAsked(limit=ACCOUNTS_PER_PAGE, cursor=cursor)
        found = sources.list_accounts(connection, user, source_id, asked)
        mine = every(lambda each: portfolios.KEPT.page(connection, user, each))
        known = {portfolio.id: portfolio for portfolio in mine}
        groups = [
            group
            for group in every(lambda each: location_groups.KEPT.page(connection, user, each))
            if group.portfolio_id in known
        ]
    names = {group.id: f"{known[group.portfolio_id].name}: {group.name}" for group in groups}
    # Mapping takes an owner of the portfolio.
    offered = [group for group in groups if known[group.portfolio_id].role == Role.OWNER]
    return page(
        request,
        "accounts",
        error=error,
        source=source,
        accounts=found.items,
        cursor=cursor or "",
        next_cursor=found.next_cursor,
        groups=First(group.id for group in offered),
        names=names,
        done=done,
    )
