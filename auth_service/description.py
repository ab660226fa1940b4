"""The description of the API (OpenAPI): every status that an address can answer.

FastAPI derives paths, parameters and bodies from the routes. Added here is what it cannot know: the
refusals that any address may give, in the form that they really have. What a route itself refuses
it declares with `refusals`.
"""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from auth_service.errors import MEDIA_TYPE, Problem, code_of, problem, request_id_of

Responses = dict[int | str, dict[str, Any]]

SUMMARY = """
What a signed-in person has: portfolios and their members, entities, location groups, cost
pools, the chart of accounts, data sources and their verdicts. Refusals are RFC 9457 problem
details.
"""
_WHY = {
    400: "The body is no text.",
    401: "No valid access token.",
    403: "The role in the portfolio does not allow it.",
    404: "Unknown, gone, or not the user's to see.",
    409: "The present state does not allow it.",
    412: "It was changed since the version in If-Match.",
    413: "The body is too large.",
    422: "The request is not what this address takes.",
    428: "If-Match is missing.",
    429: "Asked for too often; Retry-After, where it is sent, says how many seconds to wait.",
    500: "Something went wrong here.",
    502: "Google did not answer as it should.",
    503: "The service cannot answer right now.",
}
_ALWAYS = (413, 500, 503)
_TAGS = {
    "health": "Whether the service can do its work.",
    "sign-in": "Signing in, and the keys that tokens are checked with.",
    "sign-in by password (deprecated)": "For users of passwords, until they have moved to codes.",
    "users": "The person who is signed in.",
    "portfolios": "The books of a group, a company or a person, and who may see and change them.",
    "entities": "The companies and persons whose books a portfolio holds.",
    "invitations": "Open invitations to one's own address.",
    "cost pools": "Lots that disposals take their cost from, and by which method.",
    "chart of accounts": "Types of holdings and the ledger codes that they are booked to.",
    "location groups": "Accounts that are booked together.",
    "data sources": "Read-only keys, proven to be nothing more.",
    "reconciliation": "What was decided about each day, and when.",
}


def refusals(*statuses: int) -> Responses:
    """Return the description of refusals that a route decides on, for its `responses`."""
    return {status: _refusal(status) for status in statuses}


def install(app: FastAPI) -> None:
    """Let the application describe itself with all of that, once."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # The documented way to extend it.

    @app.exception_handler(HTTPStatus.METHOD_NOT_ALLOWED.value)
    async def not_allowed(request: Request, _: Exception) -> JSONResponse:
        """Name every method of the address (RFC 9110), also of a page; a route knows its own."""
        status = HTTPStatus.METHOD_NOT_ALLOWED
        headers = {"Allow": ", ".join(_methods_at(app, request.scope["path"]))}
        return problem(status, f"{status.phrase}.", request_id_of(request), headers=headers)


def _methods_at(app: FastAPI, path: str) -> list[str]:
    found: set[str] = set()
    for route in iter_route_contexts(app.routes):
        if route.path and route.methods and compile_path(route.path)[0].match(path):
            found |= route.methods
    # What is left are the files that pages load.
    return sorted(found or {"GET", "HEAD"})


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=SUMMARY.strip(),
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    refusal = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= refusal.pop("$defs")
    schemas["Problem"] = refusal
    for methods in document["paths"].values():
        for operation in methods.values():
            _complete(operation)
    return document


def _complete(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    general = set(_ALWAYS)
    if "security" in operation:
        general.add(401)
    if "requestBody" in operation:
        general |= {400, 422}
    if "parameters" in operation:
        general.add(422)
    for status in general:
        # FastAPI describes its own form of 422, which `errors.py` replaces.
        if str(status) not in answers or status == HTTPStatus.UNPROCESSABLE_ENTITY:
            answers[str(status)] = _refusal(status)
    operation["responses"] = dict(sorted(answers.items()))


def _refusal(status: int) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    return {
        "description": _WHY[status],
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": "about:blank",
                    "title": phrase,
                    "status": status,
                    "detail": _WHY[status],
                    "code": code_of(HTTPStatus(status)),
                    "request_id": "5b8c1f0e9d3a4c7f8e2b6a1d0c9f8e7d",
                },
            }
        },
    }
