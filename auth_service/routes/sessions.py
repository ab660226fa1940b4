"""Renewing a session and ending it, by the cookie that holds its refresh token."""

from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Cookie, Header, Request, Response
from pydantic import BaseModel

from auth_service import cookies
from auth_service.description import refusals
from auth_service.errors import ApiError
from auth_service.services import Admitted, Services, ServicesOf, bearer
from auth_service.sessions import InvalidRefresh, LostRace, Method
from auth_service.tokens import InvalidToken
from auth_service.users import User

router = APIRouter(prefix="/auth", tags=["sign-in"], dependencies=[Admitted])


OwnPage = Annotated[
    str | None,
    Header(
        alias=cookies.HEADER,
        description="Required, any value: no form of another site can send it.",
    ),
]
RefreshToken = Annotated[
    str, Cookie(alias=cookies.REFRESH, description="The refresh token, which the browser sends.")
]


class TokenIssued(BaseModel):
    """An access token; `expires_in` is seconds. The refresh token is in a cookie."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 -- RFC 6750's word.
    expires_in: int


@router.post("/refresh", responses=refusals(401, 403, 429))
def refresh(
    request: Request,
    response: Response,
    services: ServicesOf,
    own_page: OwnPage = None,
    refresh_token: RefreshToken = "",
) -> TokenIssued:
    """Exchange the refresh token in the cookie for an access token and the next refresh token."""
    cookies.require_own_page(request, services.settings, own_page)
    try:
        renewed = services.sessions.renew(refresh_token)
    except LostRace:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            "Another request has just renewed this session. Try again in a second with its cookie.",
            reason="lost_race",
        ) from None
    except InvalidRefresh:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED, "The session has ended. Sign in again.", reason="ended"
        ) from None
    user = services.users.by_id(renewed.user_id)
    if user is None:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED, "The session has ended. Sign in again.", reason="ended"
        )
    request.scope["coinfrs.user_id"] = str(user.id)
    cookies.set_refresh(response, renewed.refresh_token, seconds=renewed.lives_seconds)
    return TokenIssued(
        access_token=services.tokens.issue(user.id, renewed.session_id, user.token_epoch),
        expires_in=services.tokens.ttl_seconds,
    )


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT, responses=refusals(403, 429))
def logout(
    request: Request,
    response: Response,
    services: ServicesOf,
    own_page: OwnPage = None,
    refresh_token: RefreshToken = "",
) -> None:
    """End the session of the cookie, and that of the access token where one is sent.

    The answer is the same where there is nothing to end. Other sessions of the user live on.
    """
    cookies.require_own_page(request, services.settings, own_page)
    by_cookie = services.sessions.of_token(refresh_token)
    ended = set() if by_cookie is None else {by_cookie}
    with suppress(InvalidToken):
        ended.add(services.tokens.verify(bearer(request)).session_id)
    for session_id in ended:
        services.sessions.end(session_id, "logout")
    cookies.forget_refresh(response)
    cookies.forget_page(response)


def begin(services: Services, user: User, method: Method, response: Response) -> TokenIssued:
    """Begin a session of a user who has just signed in: its cookie and its first access token.

    The browser's pages may have been open to somebody else, whose cookie goes.
    """
    session = services.sessions.start(user.id, method)
    cookies.set_refresh(response, session.refresh_token, seconds=session.lives_seconds)
    cookies.forget_page(response)
    structlog.get_logger().info(
        "signed_in",
        user_id=str(user.id),
        session_id=str(session.session_id),
        sign_in_method=method,
    )
    return TokenIssued(
        access_token=services.tokens.issue(user.id, session.session_id, user.token_epoch),
        expires_in=services.tokens.ttl_seconds,
    )
