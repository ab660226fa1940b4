"""Signing in at Google: there and back again, as redirects of the browser.

No token is in any address: the way back ends with the cookie of a session, which the page then
exchanges for an access token (`POST /auth/refresh`).
"""

from http import HTTPStatus
from typing import Annotated

import anyio.to_thread
import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from auth_service import cookies
from auth_service.description import refusals
from auth_service.errors import ApiError
from auth_service.google import STATE_SECONDS, Google, ProviderFailed, SignInRefused
from auth_service.routes.sessions import begin
from auth_service.services import Admitted, Services, ServicesOf
from auth_service.users import IdentityConflict, UnverifiedAddress

router = APIRouter(prefix="/auth/oauth", tags=["sign-in"], dependencies=[Admitted])

# A path of ours and nothing that a browser could take for another host.
_PATH = r"^/(?:[A-Za-z0-9_.~-][A-Za-z0-9/_.~%-]*)?(?:\?[A-Za-z0-9/_.~%=&+-]*)?$"
NextPath = Annotated[
    str,
    Query(
        alias="next",
        max_length=512,
        pattern=_PATH,
        description="The path of this service that the browser ends at.",
    ),
]


@router.get(
    "/google",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    responses=refusals(404, 502),
)
async def sign_in_at_google(services: ServicesOf, next_path: NextPath = "/") -> RedirectResponse:
    """Send the browser to Google."""
    google = _configured(services)
    try:
        departure = await google.depart(next_path)
    except ProviderFailed as error:
        raise _provider_failed(error) from None
    response = RedirectResponse(departure.url, HTTPStatus.SEE_OTHER)
    cookies.set_oauth(response, departure.browser, seconds=STATE_SECONDS)
    return response


@router.get(
    "/google/callback",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    responses=refusals(401, 403, 404, 409, 502),
)
async def back_from_google(request: Request, services: ServicesOf) -> RedirectResponse:
    """Finish a sign-in that this browser began, and begin a session."""
    google = _configured(services)
    query = dict(request.query_params)
    if len(query) != len(request.query_params.multi_items()):
        raise _refused("repeated_parameter")
    try:
        identity, next_path = await google.arrive(query, request.cookies.get(cookies.OAUTH))
    except ProviderFailed as error:
        raise _provider_failed(error) from None
    except SignInRefused as error:
        raise _refused(error.reason) from None
    response = RedirectResponse(
        f"{services.settings.public_base_url}{next_path}", HTTPStatus.SEE_OTHER
    )
    try:
        user = await anyio.to_thread.run_sync(services.users.with_identity, identity)
    except UnverifiedAddress:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "Google does not say that this address is yours. Sign in by a mailed code.",
        ) from None
    except IdentityConflict:
        raise ApiError(
            HTTPStatus.CONFLICT,
            "This address is signed in by another Google account. Sign in by a mailed code.",
        ) from None
    await anyio.to_thread.run_sync(begin, services, user, "google", response)
    cookies.forget_oauth(response)
    return response


def _configured(services: Services) -> Google:
    if services.google is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "Sign-in at Google is not set up here.")
    return services.google


def _refused(reason: str) -> ApiError:
    structlog.get_logger().info("google_sign_in_refused", reason=reason)
    return ApiError(
        HTTPStatus.UNAUTHORIZED, "This sign-in was not begun here, or is over. Begin it again."
    )


def _provider_failed(error: ProviderFailed) -> ApiError:
    structlog.get_logger().error("google_failed", reason=error.reason)
    return ApiError(
        HTTPStatus.BAD_GATEWAY, "Google did not answer as it should. Sign in by a mailed code."
    )
