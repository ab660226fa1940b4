"""Signing in by a mailed code, and the keys that others check our tokens with."""

from http import HTTPStatus
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, BackgroundTasks, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.config import JsonDict

from auth_service.description import refusals
from auth_service.email_addresses import EmailAddress
from auth_service.email_otp import TooManyCodes, TooManyFailures, WrongCode
from auth_service.errors import ApiError, asked_too_often
from auth_service.mail import sign_in_code
from auth_service.routes.sessions import TokenIssued, begin
from auth_service.services import Admitted, Services, ServicesOf
from auth_service.users import User

router = APIRouter(prefix="/auth", tags=["sign-in"], dependencies=[Admitted])
well_known = APIRouter(prefix="/.well-known", tags=["sign-in"])
_ADDRESS: JsonDict = {"email": "treasurer@example.com"}


class CodeRequest(BaseModel):
    """Who wants to sign in."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_ADDRESS]})

    email: EmailAddress


class CodeRequested(BaseModel):
    """Which request the mailed code answers."""

    challenge_id: str


class CodeEntered(BaseModel):
    """The mailed code; without `challenge_id` the newest code of the address is meant."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {**_ADDRESS, "otp": "123456", "challenge_id": "q0Wc8rW2mJm0dWq3C2p9fA"},
            ]
        },
    )

    email: EmailAddress
    otp: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    challenge_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,64}$")] | None = None


@router.post("/otp/request", status_code=HTTPStatus.ACCEPTED, responses=refusals(429))
def request_code(
    asked: CodeRequest, services: ServicesOf, afterwards: BackgroundTasks
) -> CodeRequested:
    """Mail a code to the address, whether or not it has an account; the mail follows the answer."""
    return send_code(asked.email, services, afterwards)


@router.post("/otp/verify", responses=refusals(401, 429))
def verify_code(entered: CodeEntered, response: Response, services: ServicesOf) -> TokenIssued:
    """Exchange a mailed code for an access token and the cookie of a session.

    The first sign-in makes the account.
    """
    user = enter_code(entered.email, entered.otp, entered.challenge_id, services)
    return begin(services, user, "code", response)


def enter_code(email: str, otp: str, challenge_id: str | None, services: Services) -> User:
    """Use up a code and return whose it was; the first sign-in makes the account.

    Raises:
        ApiError: it is wrong, used or expired, or too many wrong ones were entered.

    """
    try:
        services.codes.verify(email, otp, challenge_id)
    except WrongCode:
        _count_failure(services)
        raise ApiError(
            HTTPStatus.UNAUTHORIZED, "The code is wrong, used or expired. Ask for a new one."
        ) from None
    except TooManyFailures:
        _count_failure(services)
        raise ApiError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many wrong codes were entered for this address. Try again tomorrow.",
        ) from None
    return services.users.with_email(email, challenge_id=challenge_id)


def send_code(email: str, services: Services, afterwards: BackgroundTasks) -> CodeRequested:
    """Make a code for an address, and mail it after the answer.

    Raises:
        ApiError: the hour's codes of the address are used up.

    """
    try:
        challenge = services.codes.request(email)
    except TooManyCodes as error:
        raise asked_too_often(
            "This address has asked for too many codes. Use the last one, or wait.",
            wait_seconds=error.wait_seconds,
        ) from None
    letter = sign_in_code(
        email,
        challenge.code,
        valid_seconds=services.settings.otp_ttl_seconds,
        service=services.settings.public_base_url,
    )
    afterwards.add_task(services.mail.send, letter)
    return CodeRequested(challenge_id=challenge.challenge_id)


def _count_failure(services: Services) -> None:
    """Raise the alarm where wrong codes come in such numbers that somebody is trying all doors."""
    if services.limits.failed():
        structlog.get_logger().critical("sign_in_failures_alarm")


@well_known.get("/jwks.json")
def public_keys(services: ServicesOf) -> dict[str, Any]:
    """Show the public keys of our access tokens (RFC 7517)."""
    return services.tokens.public_keys()
