"""Signing in by a mailed code, and the keys that others check our tokens with."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel, ConfigDict, StringConstraints

from auth_service.description import refusals
from auth_service.email_addresses import EmailAddress
from auth_service.email_otp import TooManyCodes, TooManyFailures, WrongCode
from auth_service.errors import ApiError
from auth_service.services import ServicesOf

router = APIRouter(prefix="/auth", tags=["sign-in"])
well_known = APIRouter(prefix="/.well-known", tags=["sign-in"])


class CodeRequest(BaseModel):
    """Who wants to sign in."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress


class CodeRequested(BaseModel):
    """Which request the mailed code answers."""

    challenge_id: str


class CodeEntered(BaseModel):
    """The mailed code; without `challenge_id` the newest code of the address is meant."""

    model_config = ConfigDict(extra="forbid")

    email: EmailAddress
    otp: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    challenge_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")] | None = None


class TokenIssued(BaseModel):
    """An access token; `expires_in` is seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 -- RFC 6750's word.
    expires_in: int


@router.post("/otp/request", status_code=HTTPStatus.ACCEPTED, responses=refusals(429))
def request_code(
    asked: CodeRequest, services: ServicesOf, afterwards: BackgroundTasks
) -> CodeRequested:
    """Mail a code to the address, whether or not it has an account; the mail follows the answer."""
    try:
        challenge = services.codes.request(asked.email)
    except TooManyCodes as error:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "This address has asked for too many codes. Use the last one, or wait.",
            headers={"Retry-After": str(error.wait_seconds)},
        ) from None
    afterwards.add_task(
        services.mail.send_code,
        asked.email,
        challenge.code,
        valid_seconds=services.settings.otp_ttl_seconds,
    )
    return CodeRequested(challenge_id=challenge.challenge_id)


@router.post("/otp/verify", responses=refusals(401, 429))
def verify_code(entered: CodeEntered, services: ServicesOf) -> TokenIssued:
    """Exchange a mailed code for an access token; the first sign-in makes the account."""
    try:
        services.codes.verify(entered.email, entered.otp, entered.challenge_id)
    except WrongCode:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED, "The code is wrong, used or expired. Ask for a new one."
        ) from None
    except TooManyFailures:
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many wrong codes were entered for this address. Try again tomorrow.",
        ) from None
    user = services.users.with_email(entered.email)
    return TokenIssued(
        access_token=services.tokens.issue(user.id), expires_in=services.tokens.ttl_seconds
    )


@well_known.get("/jwks.json")
def public_keys(services: ServicesOf) -> dict[str, Any]:
    """Show the public keys of our access tokens (RFC 7517)."""
    return services.tokens.public_keys()
