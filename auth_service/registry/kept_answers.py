"""Idempotency-Key: a POST that is sent again within a day is answered as it was the first time.

The key, what the request did and its answer are committed together, so that nothing is done twice
and nothing is answered that was not done. What takes long, as asking a venue does, comes before:
`kept_answer` tells whether it is still needed, and `once` whether somebody was faster. A request
that was refused leaves nothing behind: it may be sent again under its key. What is kept of a
request is a keyed hash, because it may hold secrets.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from auth_service.errors import ApiError
from auth_service.registry.refusals import conflict
from auth_service.registry.tables import KEPT_ANSWERS
from auth_service.services import Services
from auth_service.users import User
from coinfrs_pipelines.core.settings import derive_secret

_PURPOSE = "idempotency keys"
_WAIT = text("set local lock_timeout = '5s'")
_NO_WAIT_LIMIT = text("set local lock_timeout = '0'")
_KEPT_FOR = timedelta(days=1)
REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True)
class Retriable:
    """What identifies a request: the key its sender chose, and a keyed hash of what it says."""

    key: str | None
    digest: bytes


@dataclass(frozen=True)
class Answer:
    """What a request is answered with."""

    body: BaseModel
    status: HTTPStatus = HTTPStatus.CREATED
    headers: dict[str, str] = field(default_factory=dict)


async def _retriable(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            pattern=r"^[\x21-\x7e]+$",
            description="Chosen by the client; a retry with it gets the first answer for a day.",
        ),
    ] = None,
) -> Retriable:
    said = b"\n".join(
        (request.method.encode(), request.scope["path"].encode(), await request.body())
    )
    secret = derive_secret(_PURPOSE)
    return Retriable(key, hmac.new(secret, said, hashlib.sha256).digest())


Retry = Annotated[Retriable, Depends(_retriable)]


def kept_answer(services: Services, user: User, request: Retriable) -> Response | None:
    """Return the answer that a retry gets, or None where the request is still to be done.

    Raises:
        ApiError: 422 where the key was used for another request.

    """
    if request.key is None:
        return None
    with services.registry.connect() as connection:
        return _found(connection, user, request)


def once(
    services: Services, user: User, request: Retriable, act: Callable[[Connection], Answer]
) -> Response:
    """Answer a request in one transaction of the registry; a retry gets the answer that was kept.

    Raises:
        ApiError: 409 while the first one is still being answered; 422 where the key was used for
            another request; and whatever `act` raises, which leaves nothing behind.

    """
    with services.registry.begin() as connection:
        if request.key is not None:
            kept = _kept(connection, user, request)
            if kept is not None:
                return kept
        answer = act(connection)
        headers = {**answer.headers, "Content-Type": "application/json"}
        body = answer.body.model_dump_json()
        if request.key is not None:
            connection.execute(
                KEPT_ANSWERS.update()
                .where(
                    KEPT_ANSWERS.c.user_id == user.id,
                    KEPT_ANSWERS.c.idempotency_key == request.key,
                )
                .values(status=answer.status, headers=headers, body=body)
            )
    return Response(body, answer.status, headers)


def _kept(connection: Connection, user: User, request: Retriable) -> Response | None:
    """Return the answer that a key has got; where it has none, the key is this request's now."""
    connection.execute(
        KEPT_ANSWERS.delete().where(
            KEPT_ANSWERS.c.user_id == user.id,
            KEPT_ANSWERS.c.created_at < func.clock_timestamp() - _KEPT_FOR,
        )
    )
    connection.execute(_WAIT)
    values: dict[str, Any] = {
        "user_id": user.id,
        "idempotency_key": request.key,
        "request_digest": request.digest,
    }
    try:
        # Waits for whoever is answering under this key.
        taken = connection.execute(
            insert(KEPT_ANSWERS)
            .values(**values)
            .on_conflict_do_nothing()
            .returning(KEPT_ANSWERS.c.created_at)
        ).first()
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise conflict(
                "The first request with this Idempotency-Key is being answered."
            ) from None
        raise
    connection.execute(_NO_WAIT_LIMIT)
    return None if taken is not None else _found(connection, user, request)


def _found(connection: Connection, user: User, request: Retriable) -> Response | None:
    row = connection.execute(
        select(KEPT_ANSWERS).where(
            KEPT_ANSWERS.c.user_id == user.id,
            KEPT_ANSWERS.c.idempotency_key == request.key,
            KEPT_ANSWERS.c.created_at >= func.clock_timestamp() - _KEPT_FOR,
        )
    ).one_or_none()
    if row is None:
        return None
    if not hmac.compare_digest(row.request_digest, request.digest):
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "This Idempotency-Key was used for another request. Choose a new one.",
        )
    return Response(row.body, row.status, {**row.headers, REPLAYED: "true"})
