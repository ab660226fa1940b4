"""The cookies of a session, and who may make use of them.

`__Host-coinfrs-refresh` holds the refresh token, which no script can read and no other site's page
can send; `__Host-coinfrs-page` holds the access token that opens pages (`web/browser.py`), and goes
whenever another session takes the browser; `__Host-coinfrs-oauth` binds a sign-in at another
provider to the browser that began it, and has to come back with the provider's redirect. A request
that acts by a cookie has to carry a header that no form can send, and has to come from an origin of
ours. Left out: the cookie of forms (`web/forms.py`), which names nobody.
"""

from http import HTTPStatus

from fastapi import Request, Response

from auth_service.errors import ApiError
from auth_service.settings import AuthSettings

REFRESH = "__Host-coinfrs-refresh"
PAGE = "__Host-coinfrs-page"
OAUTH = "__Host-coinfrs-oauth"
# Any value will do: a page of another origin cannot send it without asking first (CORS).
HEADER = "X-Coinfrs-Request"


def set_refresh(response: Response, token: str, *, seconds: int) -> None:
    """Give the browser a refresh token for so long."""
    response.set_cookie(
        REFRESH, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"
    )


def forget_refresh(response: Response) -> None:
    """Take the refresh token from the browser."""
    response.delete_cookie(REFRESH, path="/", secure=True, httponly=True, samesite="strict")


def set_page(response: Response, token: str, *, seconds: int) -> None:
    """Give the browser an access token for pages, which lives as long as the token."""
    response.set_cookie(
        PAGE, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"
    )


def forget_page(response: Response) -> None:
    """Take the access token for pages from the browser."""
    response.delete_cookie(PAGE, path="/", secure=True, httponly=True, samesite="strict")


def set_oauth(response: Response, value: str, *, seconds: int) -> None:
    """Bind a sign-in at another provider to this browser."""
    response.set_cookie(
        OAUTH, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax"
    )


def forget_oauth(response: Response) -> None:
    """Release the browser from a sign-in that has come back."""
    response.delete_cookie(OAUTH, path="/", secure=True, httponly=True, samesite="lax")


def require_own_page(request: Request, settings: AuthSettings, header: str | None) -> None:
    """Refuse a request that a page of another site could have made the browser send.

    `header` is the value of HEADER, or None where it was not sent.

    Raises:
        ApiError: the header is missing, the Origin is another, or the browser says it is
            cross-site.

    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    is_ours = (
        origin in settings.own_origins if origin is not None else site in {None, "same-origin"}
    )
    if header is None or not is_ours:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            f"Send the header {HEADER}, from a page of an origin that the service lists.",
        )
