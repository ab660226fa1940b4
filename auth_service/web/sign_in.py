"""Signing in by a mailed code, at a page; and out again. Google is a link to the API's redirect."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Request, Response
from pydantic import BaseModel, StringConstraints

from auth_service.email_addresses import EmailAddress
from auth_service.errors import ApiError
from auth_service.routes.sign_in import enter_code, send_code
from auth_service.services import Admitted, Services, ServicesOf
from auth_service.web.browser import BrowserOf, VisitorOf, sign_in, sign_out
from auth_service.web.forms import Form, FormOf
from auth_service.web.rendering import own_path, page, redirect

router = APIRouter()


class Address(BaseModel):
    """Who wants to sign in."""

    email: EmailAddress


class Entered(Address):
    """The mailed code."""

    otp: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    challenge_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


@router.get("/")
def start(request: Request, browser: VisitorOf) -> Response:
    """Lead on to what a person comes for."""
    return redirect(request, "/sign-in" if browser.user is None else "/status")


@router.get("/sign-in")
def ask_for_address(
    request: Request,
    services: ServicesOf,
    browser: VisitorOf,
    next: str = "/",  # noqa: A002 -- the parameter's name.
) -> Response:
    """Show the form for an address."""
    if browser.user is not None:
        return redirect(request, own_path(next))
    return _address_page(request, services, own_path(next))


@router.post("/sign-in", dependencies=[Admitted])
def mail_code(
    request: Request, services: ServicesOf, form: FormOf, afterwards: BackgroundTasks
) -> Response:
    """Mail a code, whether or not the address has an account, and ask for it."""
    next_path = own_path(form.get("next", "/"))
    try:
        asked = form.given(Address)
        challenge = send_code(asked.email, services, afterwards)
    except ApiError as error:
        return _address_page(request, services, next_path, form.get("email", ""), error)
    return _code_page(request, services, next_path, asked.email, challenge.challenge_id)


@router.post("/sign-in/code", dependencies=[Admitted])
def use_code(request: Request, services: ServicesOf, browser: BrowserOf, form: FormOf) -> Response:
    """Use up a code, begin a session, and lead on."""
    next_path = own_path(form.get("next", "/"))
    try:
        entered = form.given(Entered, otp=form.get("otp", "").replace(" ", ""))
        user = enter_code(entered.email, entered.otp, entered.challenge_id, services)
    except ApiError as error:
        return _refused_code(request, services, next_path, form, error)
    sign_in(services, browser, user, "code")
    return redirect(request, next_path)


@router.post("/sign-out")
def leave(request: Request, services: ServicesOf, browser: BrowserOf, form: FormOf) -> Response:
    """End the session and forget its cookies."""
    del form  # That it is one of ours is all there is to it.
    sign_out(services, request, browser)
    return redirect(request, "/sign-in")


def _address_page(
    request: Request,
    services: Services,
    next_path: str,
    email: str = "",
    error: ApiError | None = None,
) -> Response:
    return page(
        request,
        "sign_in",
        error=error,
        next=next_path,
        email=email,
        google=services.google is not None,
    )


def _code_page(
    request: Request,
    services: Services,
    next_path: str,
    email: str,
    challenge_id: str,
    error: ApiError | None = None,
) -> Response:
    return page(
        request,
        "code",
        error=error,
        next=next_path,
        email=email,
        challenge_id=challenge_id,
        minutes=max(1, services.settings.otp_ttl_seconds // 60),
    )


def _refused_code(
    request: Request, services: Services, next_path: str, form: Form, error: ApiError
) -> Response:
    return _code_page(
        request,
        services,
        next_path,
        form.get("email", ""),
        form.get("challenge_id", ""),
        error,
    )
