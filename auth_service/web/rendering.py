"""How a page is made and answered: its template, the cookies it sets, its refusals.

A refusal of the API becomes a page with the same status and words. Values are escaped by Jinja2 and
again kept from doing harm by the content policy (`hardening.py`): nothing inline is ever run.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from auth_service.errors import ApiError, problem, request_id_of
from auth_service.web import explanations
from auth_service.web.browser import Browser, ComeAgain, SignInNeeded
from auth_service.web.forms import FORM_COOKIE, nonce_of, token_of

FOLDER = Path(__file__).parent
# Addresses of programs, which are answered as the API does.
NO_PAGES = ("/api/", "/.well-known/", "/openapi.json", "/static/")
# Of those, the ones that a browser follows on its way.
_REDIRECTS = "/api/v1/auth/oauth/"
NEXT_CHARACTERS_MAX = 512


def _amount(value: Decimal | None) -> str:
    """Return an amount without trailing zeros; an unknown one is a dash and not a zero."""
    if value is None:
        return "–"
    text = f"{value:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−")


def _day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def _instant(value: datetime | None) -> str:
    return "–" if value is None else f"{value.day} {value:%b %Y, %H:%M} UTC"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _named(rows: Iterable[Any]) -> list[tuple[Any, str]]:
    """Return what a choice among rows offers."""
    return [(row.id, row.name) for row in rows]


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# What a form that was not filled in yet has of every field.
_TEMPLATES.globals["nothing"] = defaultdict(str)
_TEMPLATES.filters |= {
    "amount": _amount,
    "day": _day,
    "instant": _instant,
    "first_upper": _first_upper,
    "named": _named,
    "wallet": explanations.wallet_name,
    "component": explanations.component_name,
    "stream": explanations.stream_name,
    "reason": explanations.explain,
}


def page(
    request: Request,
    template: str,
    *,
    error: ApiError | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """Return a page; `error` is why its form was refused, which the page shows and answers with."""
    if error is not None:
        status, headers = error.status, error.headers
    browser: Browser = getattr(request.state, "browser", None) or Browser()
    content = _TEMPLATES.get_template(f"{template}.html.jinja").render(
        user=browser.user,
        path=request.scope["path"],
        form_token=token_of(request, browser),
        refused=None if error is None else _refused(error),
        **context,
    )
    return _answered(request, HTMLResponse(content, status, headers=dict(headers or {})))


def redirect(request: Request, path: str) -> Response:
    """Send the browser on to a path of ours, to be read by GET."""
    return _answered(request, RedirectResponse(path, HTTPStatus.SEE_OTHER))


def own_path(text: str) -> str:
    """Return the text if it is a path of ours, else `/`: nothing that names another host."""
    is_ours = (
        text.startswith("/")
        and not text.startswith(("//", "/\\"))
        and len(text) <= NEXT_CHARACTERS_MAX
        and text.isascii()
        and text.isprintable()
        and "\\" not in text
    )
    return text if is_ours else "/"


def filled_in(fields: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return what a form shows in its fields; one that is not there is empty."""
    return defaultdict(str, fields or {})


def _refused(error: ApiError) -> dict[str, Any]:
    """Return what a form shows of a refusal: what was refused, and what of it concerns a field."""
    wrong = error.members.get("errors") or []
    return {
        "detail": error.detail,
        "fields": filled_in({each["field"]: each["message"] for each in wrong}),
        "reason": error.members.get("reason"),
    }


def install(app: FastAPI) -> None:
    """Let the application answer refusals of pages as pages."""
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _as_it_is_read(handler)

    @app.exception_handler(SignInNeeded)
    async def sign_in(request: Request, error: SignInNeeded) -> Response:
        del error
        if request.method != "GET":
            return redirect(request, "/sign-in")
        return redirect(request, f"/sign-in?next={quote(_address(request), safe='')}")

    @app.exception_handler(ComeAgain)
    async def come_again(request: Request, error: ComeAgain) -> Response:
        address = _address(request) if request.method == "GET" else "/"
        return page(request, "moment", address=own_path(address), seconds=error.seconds)


def refuse(request: Request, status: HTTPStatus, detail: str) -> Response:
    """Return a refusal as who reads it wants it: a page, or problem details."""
    return _as_read(request, problem(status, detail, request_id_of(request)))


def _as_it_is_read(handler: Callable[..., Any]) -> Callable[..., Any]:
    async def answer(request: Request, error: Exception) -> Response:
        response: Response = await handler(request, error)
        return _as_read(request, response)

    return answer


def _as_read(request: Request, response: Response) -> Response:
    if not _is_for_a_person(request):
        return response
    told = json.loads(bytes(response.body))
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in {"content-type", "content-length"}
    }
    structlog.get_logger().info("page_refused", status=response.status_code)
    return page(
        request,
        "error",
        status=HTTPStatus(response.status_code),
        headers=headers,
        title=told["title"],
        detail=told["detail"],
        request_id=told["request_id"],
    )


def _is_for_a_person(request: Request) -> bool:
    """Whether a refusal is read by a person: also where a browser comes back from Google."""
    path = request.scope["path"]
    if path.startswith(_REDIRECTS):
        return "text/html" in request.headers.get("accept", "")
    return not path.startswith(NO_PAGES)


def _address(request: Request) -> str:
    query = request.scope["query_string"].decode("ascii", "replace")
    return quote(request.scope["path"]) + (f"?{query}" if query else "")


def _answered(request: Request, response: Response) -> Response:
    nonce, is_new = nonce_of(request)
    if is_new:
        response.set_cookie(
            FORM_COOKIE, nonce, path="/", secure=True, httponly=True, samesite="strict"
        )
    browser: Browser | None = getattr(request.state, "browser", None)
    for answer in browser.answers if browser is not None else ():
        answer(response)
    return response
