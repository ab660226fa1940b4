"""The refusals of this package, in the form that a route passes on as it is."""

from http import HTTPStatus

from auth_service.errors import ApiError


def not_found() -> ApiError:
    """Return the one refusal of every id that is unknown, gone, or somebody else's."""
    return ApiError(
        HTTPStatus.NOT_FOUND, "There is nothing with this id, or it is not yours to see."
    )


def not_allowed(needed: str) -> ApiError:
    """Return the refusal of a member whose role may look and not do this."""
    return ApiError(HTTPStatus.FORBIDDEN, f"Your role in this portfolio may not: {needed}.")


def conflict(detail: str) -> ApiError:
    """Return the refusal of what the present state does not allow."""
    return ApiError(HTTPStatus.CONFLICT, detail)


def stale() -> ApiError:
    """Return the refusal of a change to a version that is no longer the newest."""
    return ApiError(
        HTTPStatus.PRECONDITION_FAILED,
        "It was changed since you read it. Read it again, and send its new ETag as If-Match.",
    )


def invalid(field: str, message: str) -> ApiError:
    """Return the refusal of one field, in the form of the framework's own."""
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The request is not what this address takes; see `errors`.",
        errors=[{"field": field, "message": message}],
    )
