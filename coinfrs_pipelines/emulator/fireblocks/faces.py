"""The Fireblocks faces of an emulator, as one ASGI application for everything under /v1.

What stands before every face, in this order: injected failures, the key, the token, the limit of
the minute, the nonce, the role. Every answer, refused or not, tells the venue's time in its Date
header.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.fireblocks import (
    counterparties,
    delegations,
    refusals,
    tokens,
    transactions,
    vaults,
    workspace,
)
from coinfrs_pipelines.emulator.fireblocks.calls import Answer, Call, Face
from coinfrs_pipelines.emulator.fireblocks.limits import Limits
from coinfrs_pipelines.emulator.fireblocks.refusals import Refusal
from coinfrs_pipelines.emulator.fireblocks.wire import to_json
from coinfrs_pipelines.emulator.injections import Failure
from coinfrs_pipelines.emulator.unanswered import Unanswered
from coinfrs_pipelines.emulator.world import World

FACES: tuple[Face, ...] = (
    *transactions.FACES,
    *vaults.FACES,
    *delegations.FACES,
    *counterparties.FACES,
    *workspace.FACES,
)


class Gate:
    """Lets requests in to the faces of all worlds of an emulation."""

    def __init__(self, emulation: Emulation) -> None:
        self._emulation = emulation
        self._limits = Limits(emulation.limits_factor)
        self._nonces = tokens.Nonces()

    def answer(self, request: Request) -> Response:
        """Answer a request, whatever it is."""
        world = self._emulation.world_of(request.headers.get("x-api-key", ""))
        headers: dict[str, str] = {}
        try:
            answer = self._answer(request, world, headers)
        except Refusal as refusal:
            headers.update(refusal.headers)
            return self._response(refusal.status, refusal.body, headers, world)
        except Unanswered as unanswered:
            return unanswered.response()
        headers.update(answer.headers)
        return self._response(200, answer.body, headers, world)

    def _answer(self, request: Request, world: World | None, headers: dict[str, str]) -> Answer:
        path = request.url.path
        if world is not None:
            _fail(world.faults.takes_failure(path))
        if request.method != "GET":
            raise refusals.not_a_read()
        api_key = request.headers.get("x-api-key", "")
        authorization = request.headers.get("authorization", "")
        if not authorization:
            raise refusals.token_missing()
        user = world.fireblocks.user(api_key) if world is not None else None
        if world is None or user is None or world.faults.is_revoked(api_key):
            raise refusals.not_accepted()
        now, options = self._emulation.clock.now(), world.fireblocks.options
        claims = tokens.check(
            authorization, user, _target(request), now, options.future_iat_tolerance_seconds
        )
        face, segments = _face(request)
        headers.update(self._limits.spend(world.fireblocks.workspace_id, face.path, now))
        if options.nonce_is_enforced:
            self._nonces.spend(claims, now)
        if user.role not in face.roles:
            raise refusals.forbidden(path)
        given = parse_qsl(request.url.query, keep_blank_values=True)
        call = Call(now, world.fireblocks, user, world.faults, path, dict(given), segments, given)
        return face.answer(call)

    def _response(
        self, status: int, body: object, headers: Mapping[str, str], world: World | None
    ) -> Response:
        skew = world.faults.takes_skew() if world is not None else timedelta(0)
        told = self._emulation.clock.now() + skew
        return Response(
            to_json(body),
            status,
            {
                "Date": format_datetime(told, usegmt=True),
                "X-Request-ID": str(uuid.uuid4()),
                **headers,
            },
            "application/json",
        )


def _fail(failure: Failure | None) -> None:
    if failure is not None:
        if failure.body != "json":
            raise Unanswered(failure)
        after = failure.retry_after_seconds
        raise refusals.failing(failure.status, {} if after is None else {"Retry-After": str(after)})


def _target(request: Request) -> str:
    """Return path and query as they were sent: what the token must be signed for."""
    raw: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")


def _face(request: Request) -> tuple[Face, dict[str, str]]:
    """Return the face of a path; an encoded slash is part of its segment."""
    raw: bytes = request.scope["raw_path"]
    parts = [unquote(part) for part in raw.decode("latin-1").removeprefix("/").split("/")]
    for face in FACES:
        segments = face.match(parts)
        if segments is not None:
            return face, segments
    raise refusals.not_found("The path")


def application(emulation: Emulation) -> ASGIApp:
    """Make the application of an emulation; it answers HTTP only, and reads no bodies."""
    gate = Gate(emulation)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = gate.answer(Request(scope))
        await response(scope, receive, send)

    return answer
