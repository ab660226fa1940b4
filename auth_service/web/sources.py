"""Pages of data sources: how to make a read-only key, registering it, and what became of it.

A key that was refused is shown the permissions to take from it, by the names of the venue's own
pages. A secret is never filled in again.
"""

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Literal, TypeVar
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from auth_service.errors import ApiError
from auth_service.registry import location_groups, sources
from auth_service.registry.data_source_models import (
    CredentialGiven,
    DataSourceGiven,
    HistoryStart,
)
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web.browser import PageUser
from auth_service.web.forms import Form, FormOf
from auth_service.web.lists import every, first
from auth_service.web.rendering import filled_in, page, redirect
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.registration import MAY_WRITE

router = APIRouter(prefix="/sources")

T = TypeVar("T")
Venue = Literal["binance", "fireblocks"]
Attempt = Literal["add", "prove", "replace", "end"]
SECRETS = ("api_key", "api_secret", "private_key_pem")
_ENVIRONMENTS: dict[str, list[tuple[str, str]]] = {
    "binance": [("production", "binance.com")],
    "fireblocks": [
        ("production", "Production (US)"),
        ("eu", "Production (EU)"),
        ("eu2", "Production (EU2)"),
        ("sandbox", "Sandbox"),
    ],
}
# What the boxes are called on Binance's page of a key.
_BOXES = {
    "enableWithdrawals": "Enable Withdrawals",
    "enableInternalTransfer": "Enable Internal Transfer",
    "permitsUniversalTransfer": "Permits Universal Transfer",
    "enableMargin": "Enable Margin Loan, Repay & Transfer",
    "enableSpotAndMarginTrading": "Enable Spot & Margin Trading",
    "enableFutures": "Enable Futures",
    "enableVanillaOptions": "Enable European Options",
    "enablePortfolioMarginTrading": "Enable Portfolio Margin Trading",
    "enableFixApiTrade": "Enable FIX API Trading",
    "enableFixReadOnly": "Enable FIX API Read Only",
}
_FLAG = re.compile(r"\b(?:enable|permits)[A-Z]\w*")


class _Registered(BaseModel):
    """The fields of the form that are no part of the credential."""

    name: str
    environment: str
    history_start: HistoryStart | None = None


@router.get("")
def list_page(request: Request, services: ServicesOf, user: PageUser) -> Response:
    """List one's own data sources, and those that have ended with the reason."""
    with services.registry.connect() as connection:
        found = first(lambda asked: sources.list_sources(connection, user, asked))
        ended = sources.list_ended(connection, user)
    return page(request, "sources", sources=found, ended=ended, ended_max=sources.ENDED_SHOWN_MAX)


@router.get("/add")
def choose(request: Request, user: PageUser) -> Response:
    """Ask which venue the key is of."""
    del user
    return page(request, "source_choose")


@router.get("/add/{venue}")
def ask(request: Request, user: PageUser, venue: Venue) -> Response:
    """Show how a read-only key is made, and the form for it."""
    del user
    return _add_page(request, venue, Form())


@router.post("/add/{venue}")
async def add(
    request: Request, services: ServicesOf, user: PageUser, form: FormOf, venue: Venue
) -> Response:
    """Prove the key and store it sealed, or show why it was refused."""
    try:
        given = _given(venue, form)
        source_id = await _proven(request, lambda: sources.register(services, user, given))
    except ApiError as error:
        return _add_page(request, venue, form, error)
    return redirect(request, f"/sources/{source_id}?done=added")


@router.get("/{source_id}")
def show(
    request: Request, services: ServicesOf, user: PageUser, source_id: UUID, done: str = ""
) -> Response:
    """Show a data source: what its key was proven to be, and the accounts that it shows."""
    return _source_page(request, services, user, source_id, done=done)


@router.post("/{source_id}/validate")
async def validate(
    request: Request, services: ServicesOf, user: PageUser, form: FormOf, source_id: UUID
) -> Response:
    """Prove the stored key again."""
    del form
    try:
        await _proven(request, lambda: sources.validate(services, user, source_id))
    except ApiError as error:
        return await anyio.to_thread.run_sync(
            _unproven_page, request, services, user, source_id, error
        )
    return redirect(request, f"/sources/{source_id}?done=proven")


@router.post("/{source_id}/key")
async def replace_key(
    request: Request, services: ServicesOf, user: PageUser, form: FormOf, source_id: UUID
) -> Response:
    """Prove another key of the same account and swap the old one for it."""
    try:
        given = form.given(CredentialGiven)
        await _proven(request, lambda: sources.replace_credential(services, user, source_id, given))
    except ApiError as error:
        show_again = partial(
            _source_page, request, services, user, source_id, error=error, attempt="replace"
        )
        return await anyio.to_thread.run_sync(show_again)
    return redirect(request, f"/sources/{source_id}?done=replaced")


@router.post("/{source_id}/disable")
def disable(
    request: Request, services: ServicesOf, user: PageUser, form: FormOf, source_id: UUID
) -> Response:
    """End a data source and destroy its key, if the box was ticked."""
    if form.get("sure") != "yes":
        error = ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "Tick the box to end the data source.")
        return _source_page(request, services, user, source_id, error=error, attempt="end")
    with services.registry.begin() as connection:
        sources.disable(connection, user, source_id)
    return redirect(request, "/sources")


async def _proven(request: Request, work: Callable[[], T]) -> T:
    """Do what asks a venue, of which only some are done at once."""
    return await anyio.to_thread.run_sync(work, limiter=request.app.state.proofs)


def _given(venue: Venue, form: Form) -> DataSourceGiven:
    credential = Form({name: form[name] for name in SECRETS if name in form})
    if venue == "binance" and len(credential) == len(SECRETS):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "Give the secret of an HMAC key or the private key of an Ed25519 or RSA key, not both.",
        )
    fields = Form({name: value for name, value in form.items() if name not in SECRETS})
    known = fields.given(_Registered)
    return Form().given(
        DataSourceGiven,
        venue=venue,
        credential=credential.given(CredentialGiven),
        **known.model_dump(),
    )


def _add_page(
    request: Request, venue: Venue, form: Form, error: ApiError | None = None
) -> Response:
    environments = list(_ENVIRONMENTS[venue])
    if settings().is_development:
        environments.insert(0, ("emulator", "Emulated venue (development)"))
    return page(
        request,
        f"source_add_{venue}",
        error=error,
        environments=environments,
        values=filled_in({name: form[name] for name in form if name not in SECRETS}),
        attempt="add",
        kind="private" if "private_key_pem" in form else "secret",
        boxes=_boxes(error),
    )


def _boxes(error: ApiError | None) -> list[tuple[str, str]]:
    """Return the permissions that a refusal names: the venue's words and the flag."""
    if error is None or error.members.get("reason") != MAY_WRITE:
        return []
    return [(_BOXES.get(flag, flag), flag) for flag in _FLAG.findall(error.detail)]


def _source_page(
    request: Request,
    services: Services,
    user: User,
    source_id: UUID,
    *,
    done: str = "",
    error: ApiError | None = None,
    attempt: Attempt = "prove",
) -> Response:
    with services.registry.connect() as connection:
        source = sources.find(connection, user, source_id)
        accounts = first(lambda asked: sources.list_accounts(connection, user, source_id, asked))
        groups = every(lambda asked: location_groups.KEPT.page(connection, user, asked))
    return page(
        request,
        "source",
        error=error,
        source=source,
        accounts=accounts,
        groups={group.id: group.name for group in groups},
        done=done,
        attempt=attempt,
        boxes=_boxes(error),
    )


def _unproven_page(
    request: Request, services: Services, user: User, source_id: UUID, error: ApiError
) -> Response:
    """Show why a stored key was not proven with its data source, or alone where that has ended it.

    Raises:
        ApiError: there is no such data source, and not because of this.

    """
    try:
        return _source_page(request, services, user, source_id, error=error)
    except ApiError:
        if error.members.get("reason") != MAY_WRITE:
            raise
        return page(request, "source_ended", error=error, boxes=_boxes(error))
