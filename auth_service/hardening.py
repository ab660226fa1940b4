"""What holds for every request, whatever route it takes: its id, its size, the headers, the log.

Plain ASGI around the router and every other middleware, so that errors nobody expected, 404s and
refusals of the framework pass here too: nothing is left for the last resort of Starlette, which is
outside of it. Left out: who may do what, which is the routes' part, and what a refusal looks like
to a person (`web.rendering`).
"""

import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

import structlog
from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from auth_service.errors import problem, request_id_of
from auth_service.logs import describe

Refuse = Callable[[Request, HTTPStatus, str], Response]

_NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_OWN_PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": _NOTHING,
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
# A page loads its own style, pictures and font, runs nothing, and sends its forms to us alone. They
# have to say where they come from: without a referrer, browsers send `Origin: null`.
PAGE_HEADERS = HEADERS | {
    "content-security-policy": _OWN_PAGE,
    "referrer-policy": "same-origin",
}


class Hardening:
    """Wraps the application: request id, body limit, security headers, one log line a request.

    `refuse` makes the answer to what is refused here, in the form of who reads it.
    """

    def __init__(self, app: ASGIApp, *, max_body_bytes: int, refuse: Refuse) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = uuid.uuid4().hex
        scope["coinfrs.request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.monotonic()
        answer = _Answer(send, request_id)
        try:
            if _announced_bytes(scope) > self._max_body_bytes:
                refused = self._refuse(
                    Request(scope), HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too large."
                )
                await refused(scope, receive, answer.send)
            else:
                limited = _Limited(receive, self._max_body_bytes)
                await self._app(scope, limited.receive, answer.send)
        except Exception as error:  # noqa: BLE001 -- nothing of an error may reach the client.
            structlog.get_logger().error("unexpected_error", **describe(error))
            if answer.status is None:
                await self._failed(Request(scope))(scope, receive, answer.send)
        finally:
            structlog.get_logger().info(
                "request",
                method=scope["method"],
                route=getattr(scope.get("route"), "path", "none"),
                status=answer.status,
                user_id=scope.get("coinfrs.user_id"),
                duration_ms=round((time.monotonic() - started) * 1000),
            )

    def _failed(self, request: Request) -> Response:
        """Return the answer to an error that nobody expected, also where making it fails again."""
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        detail = "Something went wrong here. Quote the request id when you report it."
        try:
            return self._refuse(request, status, detail)
        except Exception as error:  # noqa: BLE001 -- there is an answer all the same.
            structlog.get_logger().error("unexpected_error", **describe(error))
            return problem(status, detail, request_id_of(request))


class _Answer:
    """Adds the headers to the answer and remembers its status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            sent = [(name.lower(), value) for name, value in message.get("headers", [])]
            is_page = any(
                name == b"content-type" and value.startswith(b"text/html") for name, value in sent
            )
            ours = PAGE_HEADERS if is_page else HEADERS
            headers = [(name, value) for name, value in sent if name.decode("latin-1") not in ours]
            headers += [(name.encode(), value.encode()) for name, value in ours.items()]
            headers.append((b"x-request-id", self._request_id.encode()))
            message = {**message, "headers": headers}
        await self._send(message)


class _Limited:
    """Counts a body as it arrives: a chunked one announces no length."""

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive = receive
        self._left = max_bytes

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message


def _announced_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
