"""Forms: where one may come from, and what was filled in.

A form carries a token that is the keyed hash of a nonce in a cookie and of the session (signed
double submit), and its request says by Origin or Sec-Fetch-Site that it comes from a page of ours.
Both have to hold, for signing in as well. Uploads and other encodings are not taken.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache
from http import HTTPStatus
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from auth_service.errors import ApiError
from auth_service.services import of
from auth_service.web.browser import Browser, BrowserOf
from coinfrs_pipelines.core.settings import derive_secret

FORM_COOKIE = "__Host-coinfrs-form"
TOKEN_FIELD = "form_token"  # noqa: S105 -- the name of a field.
ENCODING = "application/x-www-form-urlencoded"
# A page of accounts has two for each of them (`mapping.py`).
FIELDS_MAX = 120
_NONCE_BYTES = 16

T = TypeVar("T", bound=BaseModel)


class Form(dict[str, str]):
    """What was filled in, by name, stripped; a field that was left empty is not there."""

    def given(self, model: type[T], /, **other: Any) -> T:
        """Return the fields as a model, with others that are no field of the form.

        Raises:
            ApiError: 422, with what is wrong of which field and without what was filled in.

        """
        wrong = None
        try:
            return model.model_validate({**self, **other})
        except ValidationError as error:
            wrong = [
                {"field": str(detail["loc"][0]), "message": _message(detail)}
                for detail in error.errors(include_input=False, include_url=False)
            ]
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "Something in the form is not right.", errors=wrong
        )


async def posted(request: Request, browser: BrowserOf) -> Form:
    """Return the form of a request.

    Raises:
        ApiError: 403 where it may have come from elsewhere, 422 where it is no such form.

    """
    _require_own_page(request)
    if request.headers.get("content-type", "").partition(";")[0].strip() != ENCODING:
        raise _no_form()
    try:
        body = (await request.body()).decode()
        fields = parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError:
        raise _no_form() from None
    form = Form({name: value.strip() for name, value in fields})
    if len(form) != len(fields):
        raise _no_form()
    nonce = request.cookies.get(FORM_COOKIE, "")
    token = form.pop(TOKEN_FIELD, "")
    if not nonce or not hmac.compare_digest(token.encode(), _token(nonce, browser).encode()):
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            "This form is too old, or its cookie is missing. Open the page again and repeat it.",
        )
    return Form({name: value for name, value in form.items() if value})


def nonce_of(request: Request) -> tuple[str, bool]:
    """Return the nonce of this browser's forms, and whether it is new to the browser."""
    known = request.cookies.get(FORM_COOKIE, "")
    if len(known) == 2 * _NONCE_BYTES:
        return known, False
    made: str = getattr(request.state, "form_nonce", "") or secrets.token_hex(_NONCE_BYTES)
    request.state.form_nonce = made
    return made, True


def token_of(request: Request, browser: Browser) -> str:
    """Return what the forms of a page carry."""
    return _token(nonce_of(request)[0], browser)


@lru_cache(maxsize=1)
def _key() -> bytes:
    return derive_secret("forms of pages")


def _token(nonce: str, browser: Browser) -> str:
    bound_to = f"{nonce}\n{browser.session_id or ''}"
    return hmac.new(_key(), bound_to.encode(), hashlib.sha256).hexdigest()


def _require_own_page(request: Request) -> None:
    url = of(request).settings.public_base_url
    origin = request.headers.get("origin")
    if origin is not None:
        is_ours = origin == "{0.scheme}://{0.netloc}".format(urlsplit(url))
    else:
        is_ours = request.headers.get("sec-fetch-site") == "same-origin"
    if not is_ours:
        raise ApiError(
            HTTPStatus.FORBIDDEN, f"This form did not come from a page of {url}. Open it there."
        )


def _no_form() -> ApiError:
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "This is not a form of this page.")


def _message(detail: Any) -> str:
    if detail["type"] == "missing":
        return "Please fill this in."
    return str(detail["msg"]).removeprefix("Value error, ")


FormOf = Annotated[Form, Depends(posted)]
