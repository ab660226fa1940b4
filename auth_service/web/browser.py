"""Who is at the browser: the session of the cookies, renewed where it has to be.

A page is authorised by an access token in a cookie of its own, which lives as long as the token.
When it is gone, the refresh token's cookie renews both. Neither comes along from another site's
page (SameSite=Strict), so a person who arrives by a link from elsewhere, or back from Google, is
first shown a page that leads on by itself, after which the browser sends them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Response

from auth_service import cookies
from auth_service.routes.sessions import begin
from auth_service.services import Services, of
from auth_service.sessions import InvalidRefresh, LostRace, Method
from auth_service.tokens import Claims, InvalidToken
from auth_service.users import User

_RETRY_SECONDS = 1


class SignInNeeded(Exception):  # noqa: N818 -- the name states what is needed.
    """Nobody is signed in at this browser."""


class ComeAgain(Exception):  # noqa: N818 -- the name states what is asked.
    """The browser may have cookies that it did not send, or will have them in a moment."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Come again in {seconds} s.")


@dataclass
class Browser:
    """The session of a request, and the cookies that its answer has to set."""

    user: User | None = None
    session_id: UUID | None = None
    answers: list[Callable[[Response], None]] = field(default_factory=list)


def of_browser(request: Request) -> Browser:
    """Return the session of the request's cookies; made once for a request.

    Raises:
        ComeAgain: another request has just renewed the session.

    """
    known = getattr(request.state, "browser", None)
    if isinstance(known, Browser):
        return known
    services = of(request)
    browser = Browser()
    # Known from here on: a page that tells of a failure has a browser, too.
    request.state.browser = browser
    found = _by_access_token(services, request.cookies.get(cookies.PAGE, ""))
    if found is None:
        found = _by_refresh_token(services, browser, request.cookies.get(cookies.REFRESH, ""))
    if found is not None:
        browser.user, browser.session_id = found
        request.scope["coinfrs.user_id"] = str(found[0].id)
    return browser


def visitor(request: Request, browser: Annotated[Browser, Depends(of_browser)]) -> Browser:
    """Return the browser of a visitor of whom is known whether they are signed in.

    Raises:
        ComeAgain: the request came from another site, without the cookies there may be. A page of
            ours that leads on is no other site, so that it happens once.

    """
    is_from_elsewhere = request.headers.get("sec-fetch-site") == "cross-site"
    if browser.user is None and request.method == "GET" and is_from_elsewhere:
        raise ComeAgain(0)
    return browser


def page_user(browser: Annotated[Browser, Depends(visitor)]) -> User:
    """Return who is signed in.

    Raises:
        ComeAgain: as `visitor`.
        SignInNeeded: nobody is.

    """
    if browser.user is None:
        raise SignInNeeded
    return browser.user


def sign_in(services: Services, browser: Browser, user: User, method: Method) -> None:
    """Begin a session of a user who has just proven who they are."""
    browser.user = user

    def answer(response: Response) -> None:
        issued = begin(services, user, method, response)
        cookies.set_page(response, issued.access_token, seconds=issued.expires_in)

    browser.answers.append(answer)


def sign_out(services: Services, request: Request, browser: Browser) -> None:
    """End the session, also where only its refresh token is left."""
    ended = {browser.session_id}
    ended.add(services.sessions.of_token(request.cookies.get(cookies.REFRESH, "")))
    for session_id in ended - {None}:
        assert session_id is not None  # noqa: S101 -- said one line above.
        services.sessions.end(session_id, "logout")
    browser.user = browser.session_id = None
    browser.answers += [cookies.forget_refresh, cookies.forget_page]


def _by_access_token(services: Services, token: str) -> tuple[User, UUID] | None:
    try:
        claims: Claims = services.tokens.verify(token)
    except InvalidToken:
        return None
    if services.sessions.has_ended(claims.session_id):
        return None
    user = services.users.by_id(claims.user_id)
    if user is None or user.token_epoch != claims.epoch:
        return None
    return user, claims.session_id


def _by_refresh_token(services: Services, browser: Browser, token: str) -> tuple[User, UUID] | None:
    if not token:
        return None
    try:
        renewed = services.sessions.renew(token)
    except LostRace:
        raise ComeAgain(_RETRY_SECONDS) from None
    except InvalidRefresh:
        browser.answers += [cookies.forget_refresh, cookies.forget_page]
        return None
    user = services.users.by_id(renewed.user_id)
    if user is None:
        return None
    access_token = services.tokens.issue(user.id, renewed.session_id, user.token_epoch)

    def answer(response: Response) -> None:
        cookies.set_refresh(response, renewed.refresh_token, seconds=renewed.lives_seconds)
        cookies.set_page(response, access_token, seconds=services.tokens.ttl_seconds)

    browser.answers.append(answer)
    return user, renewed.session_id


BrowserOf = Annotated[Browser, Depends(of_browser)]
VisitorOf = Annotated[Browser, Depends(visitor)]
PageUser = Annotated[User, Depends(page_user)]
