"""What a refusal looks like over HTTP: RFC 9457 problem details with a `code` and the request's id.

No answer repeats what was sent: FastAPI's own handler echoes `input`, so it is replaced. Errors
that nobody expected are answered by `hardening.py` in the same form. Left out: which error is
raised when, which is the routes' part.
"""

from enum import StrEnum
from http import HTTPStatus
from typing import Any, Literal

import psycopg
import sqlalchemy.exc
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from auth_service.logs import describe
from auth_service.one_time_codes import StoreUnavailable
from coinfrs_pipelines.core.database import DatabaseError
from coinfrs_pipelines.core.postgres_launch import PostgresError

MEDIA_TYPE = "application/problem+json"
# What pydantic says of a value that its own types refuse names the rule and never the value; of
# our validators' messages the same is true by construction.
_FIELDS_NAMED_MAX = 20


class ErrorCode(StrEnum):
    """The codes a program may rely on."""

    VALIDATION = "VALIDATION_ERROR"
    AUTHENTICATION = "AUTHENTICATION_ERROR"
    AUTHORIZATION = "AUTHORIZATION_ERROR"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    RATE_LIMIT = "RATE_LIMIT_ERROR"
    INTERNAL = "INTERNAL_ERROR"


class FieldProblem(BaseModel):
    """What is wrong with one field; the value is never repeated."""

    field: str
    message: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457), for the description of the API.

    `errors` names fields that are not as this address takes them; `reason` is the stable code of a
    key that was refused, or of a session that was not renewed (`lost_race`, `ended`); `retry_later`
    says of a key whether the same request may succeed later.
    """

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    code: ErrorCode
    request_id: str
    errors: list[FieldProblem] | None = None
    reason: str | None = None
    retry_later: bool | None = None


_CODES = {
    HTTPStatus.UNAUTHORIZED: ErrorCode.AUTHENTICATION,
    HTTPStatus.FORBIDDEN: ErrorCode.AUTHORIZATION,
    HTTPStatus.NOT_FOUND: ErrorCode.NOT_FOUND,
    HTTPStatus.CONFLICT: ErrorCode.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED: ErrorCode.CONFLICT,
    HTTPStatus.TOO_MANY_REQUESTS: ErrorCode.RATE_LIMIT,
}


class ApiError(Exception):
    """A refusal that a route decided on; `members` are further members of the problem."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.members = members
        super().__init__(detail)


def not_signed_in() -> ApiError:
    """Return the one refusal of every token that is absent, wrong, expired or forged."""
    return ApiError(
        HTTPStatus.UNAUTHORIZED,
        "Sign in: send a valid access token as `Authorization: Bearer …`.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def asked_too_often(detail: str, *, wait_seconds: int) -> ApiError:
    """Return the refusal of what was asked for too often."""
    headers = {"Retry-After": str(wait_seconds)}
    return ApiError(HTTPStatus.TOO_MANY_REQUESTS, detail, headers=headers)


def problem(
    status: HTTPStatus,
    detail: str,
    request_id: str,
    *,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """Return the problem details of a refusal."""
    content = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code_of(status),
        "request_id": request_id,
        **members,
    }
    return JSONResponse(content, status.value, headers=headers, media_type=MEDIA_TYPE)


def code_of(status: HTTPStatus) -> ErrorCode:
    """Return the code that goes with a status."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ErrorCode.INTERNAL
    return _CODES.get(status, ErrorCode.VALIDATION)


def install(app: FastAPI) -> None:
    """Let the application answer every error in this form."""

    @app.exception_handler(ApiError)
    async def refused(request: Request, error: ApiError) -> JSONResponse:
        return problem(
            error.status,
            error.detail,
            request_id_of(request),
            headers=error.headers,
            **error.members,
        )

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        headers = dict(error.headers or {})
        return problem(status, f"{status.phrase}.", request_id_of(request), headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "The request is not what this address takes; see `errors`.",
            request_id_of(request),
            errors=[_named(each) for each in error.errors()[:_FIELDS_NAMED_MAX]],
        )

    async def unavailable(request: Request, error: Exception) -> JSONResponse:
        """Answer for a store that is down: closed, and without saying which."""
        reason = str(error) if isinstance(error, StoreUnavailable) else None
        structlog.get_logger().error("store_unavailable", reason=reason, **describe(error))
        return problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The service cannot answer right now. Try again in a minute.",
            request_id_of(request),
        )

    for down in (
        StoreUnavailable,
        DatabaseError,
        PostgresError,
        psycopg.OperationalError,
        sqlalchemy.exc.OperationalError,
        sqlalchemy.exc.TimeoutError,
    ):
        app.exception_handler(down)(unavailable)


def _named(error: Any) -> dict[str, str]:
    """Return where and why, without the input; the name of an unknown field is input, too."""
    path = [str(part) for part in error["loc"]]
    if error["type"] == "extra_forbidden":
        path = [*path[:-1], "(unknown field)"]
    if error["type"] == "json_invalid":
        path = path[:1]
    return {
        "field": ".".join(path),
        "message": str(error["msg"]).removeprefix("Value error, "),
    }


def request_id_of(request: Request) -> str:
    """Return the id that `hardening.py` gave a request, which its answer and its log lines have."""
    return str(request.scope.get("coinfrs.request_id", ""))
