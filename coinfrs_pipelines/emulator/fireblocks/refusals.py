"""The errors of the emulated Fireblocks, with the codes and texts of its documentation.

Two families of bodies exist: the classic one, and that of the newer `management` endpoints.
"""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):  # noqa: N818  # It is an answer, not a defect.
    """An answer with an error status and its body."""

    def __init__(
        self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def _classic(status: int, message: str, code: int | None = None) -> Refusal:
    return Refusal(
        status, {"message": message} if code is None else {"message": message, "code": code}
    )


def invalid_signature() -> Refusal:
    """Refuse a token whose signature is not the API user's, in the content type seen for that."""
    refusal = _classic(401, "invalid signature", -1)
    refusal.headers["Content-Type"] = "application/octet-stream"
    return refusal


def api_key_missing() -> Refusal:
    """Refuse a token that does not say whose it is."""
    return _classic(401, "Unauthorized: API key is missing in the JWT.", -2)


def token_missing() -> Refusal:
    """Refuse a request without a token."""
    return _classic(401, "Unauthorized: JWT is missing.", -3)


def wrong_url() -> Refusal:
    """Refuse a token that was signed for another path or query."""
    return _classic(401, "Unauthorized: Wrong URL in JWT.", -4)


def invalid_format() -> Refusal:
    """Refuse a token that is none, or lacks a claim."""
    return _classic(401, "Unauthorized: Invalid token format.", -5)


def wrong_user() -> Refusal:
    """Refuse a token of another API user than the header names."""
    return _classic(401, "Unauthorized: Wrong user in JWT.", -6)


def not_accepted() -> Refusal:
    """Refuse an API key that is unknown here, or was revoked."""
    return _classic(401, "Unauthorized: Token was not accepted.", -7)


def expired() -> Refusal:
    """Refuse a token whose time is over."""
    return _classic(401, "The request has expired.", -10)


def from_the_future() -> Refusal:
    """Refuse a token that was issued after the venue's now."""
    return _classic(401, "The request is with a future issuance timestamp (iat).", -12)


def nonce_used() -> Refusal:
    """Refuse a nonce that was served once; the documentation names no code for it."""
    return _classic(401, "Unauthorized: Token was not accepted.", -7)


def forbidden(path: str) -> Refusal:
    """Refuse a role, in the style of the endpoint's family."""
    message = "The user is not permitted to call this endpoint."
    if path.startswith("/v1/management/"):
        return Refusal(403, {"error": {"type": "FORBIDDEN", "message": message}})
    return _classic(403, message)


def not_found(what: str) -> Refusal:
    """Refuse an id that the workspace does not have, or a path that has no face."""
    return _classic(404, f"{what} was not found.")


def not_a_read() -> Refusal:
    """Refuse to write: the emulated workspace has no faces that change anything."""
    return _classic(405, "Only GET is answered here.")


def bad_parameter(message: str) -> Refusal:
    """Refuse a query parameter."""
    return _classic(400, message)


def too_many_requests(headers: Mapping[str, str]) -> Refusal:
    """Refuse what exceeds the limit of the minute."""
    return Refusal(429, {"message": "Too many requests."}, headers)


def failing(status: int, headers: Mapping[str, str]) -> Refusal:
    """Fail as a venue does."""
    if status == 429:  # noqa: PLR2004  # HTTP's own number.
        return too_many_requests(headers)
    if status == 403:  # noqa: PLR2004  # HTTP's own number.
        return Refusal(status, {"message": "Forbidden."}, headers)
    if status == 404:  # noqa: PLR2004  # HTTP's own number.
        return Refusal(status, {"message": "Not found."}, headers)
    if status == 400:  # noqa: PLR2004  # HTTP's own number.
        return Refusal(status, {"message": "Not possible in this workspace."}, headers)
    return Refusal(status, {"message": "Internal server error."}, headers)
