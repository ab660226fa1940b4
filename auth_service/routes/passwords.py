"""Signing in by a password, for front ends that have not moved yet; LEGACY_PASSWORDS=on allows it.

Every use is in the log, so that an operator sees who still depends on it. Left out: whatever would
make passwords better than the codes that replace them.
"""

from http import HTTPStatus
from typing import Annotated

import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict

from auth_service.description import refusals
from auth_service.email_addresses import EmailAddress
from auth_service.errors import ApiError
from auth_service.passwords import CHECKS_AT_ONCE, WrongPassword
from auth_service.rate_limits import TooManyRequests
from auth_service.routes.sessions import TokenIssued, begin
from auth_service.routes.sign_in import CodeRequested, send_code
from auth_service.services import Admitted, Services, ServicesOf, too_many


def _require_switch(services: ServicesOf) -> None:
    """Refuse where passwords are off.

    Raises:
        ApiError: they are.

    """
    if services.settings.legacy_passwords != "on":
        raise ApiError(
            HTTPStatus.FORBIDDEN, "Passwords are off here. Sign in by a mailed code or at Google."
        )


router = APIRouter(
    prefix="/auth",
    tags=["sign-in by password (deprecated)"],
    dependencies=[Admitted, Depends(_require_switch)],
)
_EXAMPLE: JsonDict = {
    "email": "treasurer@example.com",
    "password": "correct horse battery staple",
}


class Registration(BaseModel):
    """An address and the password that shall count once the address is proven."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    email: EmailAddress
    # NIST SP 800-63B-4: at least 15 characters where it is the only factor.
    password: SecretStr = Field(min_length=15, max_length=128)


class PasswordEntered(BaseModel):
    """An address and its password."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    email: EmailAddress
    password: Annotated[SecretStr, Field(min_length=1, max_length=128)]


@router.post(
    "/register", status_code=HTTPStatus.ACCEPTED, deprecated=True, responses=refusals(403, 429)
)
async def register(
    given: Registration, request: Request, services: ServicesOf, afterwards: BackgroundTasks
) -> CodeRequested:
    """Mail a code that proves the address; verified with this `challenge_id`, the password counts.

    The answer is the same for an address that has an account, whose password does not change.
    """
    requested = await anyio.to_thread.run_sync(send_code, given.email, services, afterwards)
    await anyio.to_thread.run_sync(
        services.passwords.register,
        given.email,
        given.password.get_secret_value(),
        requested.challenge_id,
        limiter=_checks(request),
    )
    structlog.get_logger().warning("legacy_password_used", reason="registration")
    return requested


@router.post("/login", deprecated=True, responses=refusals(401, 403, 429))
async def login(
    entered: PasswordEntered, request: Request, response: Response, services: ServicesOf
) -> TokenIssued:
    """Exchange a password for an access token and the cookie of a session."""
    await anyio.to_thread.run_sync(_admit, entered.email, services)
    log = structlog.get_logger()
    try:
        user = await anyio.to_thread.run_sync(
            services.passwords.check,
            entered.email,
            entered.password.get_secret_value(),
            limiter=_checks(request),
        )
    except WrongPassword:
        log.warning("legacy_password_used", reason="refused")
        raise ApiError(
            HTTPStatus.UNAUTHORIZED, "The address or the password is wrong. Sign in by a code."
        ) from None
    log.warning("legacy_password_used", reason="sign_in", user_id=str(user.id))
    return await anyio.to_thread.run_sync(begin, services, user, "legacy_password", response)


def _admit(email: str, services: Services) -> None:
    try:
        services.limits.admit_password(services.codes.subject(email))
    except TooManyRequests as error:
        raise too_many(error) from None


def checks_limiter() -> CapacityLimiter:
    """Return what bounds the hashing at once; made inside the running event loop."""
    return CapacityLimiter(CHECKS_AT_ONCE)


def _checks(request: Request) -> CapacityLimiter:
    limiter: CapacityLimiter = request.app.state.password_checks
    return limiter
