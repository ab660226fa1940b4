"""ETag and If-Match (RFC 9110): nobody overwrites what they have not seen."""

import re
from http import HTTPStatus
from typing import Annotated, Protocol

from fastapi import Depends, Header, Response

from auth_service.errors import ApiError

_ETAG = re.compile(r'"([1-9][0-9]{0,8})"')
# No row ever has it.
_NO_VERSION = 0


class Versioned(Protocol):
    """Something that counts its changes."""

    version: int


def etag(shown: Versioned) -> dict[str, str]:
    """Return the header that names the version of what is shown."""
    return {"ETag": f'"{shown.version}"'}


def tag(response: Response, shown: Versioned) -> None:
    """Add that header to an answer."""
    response.headers.update(etag(shown))


def _version(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=100,
            description="The ETag that was read, or * for whatever it is by now. Required.",
        ),
    ] = None,
) -> int | None:
    if if_match is None:
        raise ApiError(
            HTTPStatus.PRECONDITION_REQUIRED,
            "Send the ETag that you read as If-Match, so that nobody's change is lost.",
        )
    if if_match.strip() == "*":
        return None
    # A weak tag, or one that is none of ours, matches nothing.
    found = _ETAG.fullmatch(if_match.strip())
    return int(found[1]) if found else _NO_VERSION


IfMatch = Annotated[int | None, Depends(_version)]
"""The version that a change is made against; None takes any."""
