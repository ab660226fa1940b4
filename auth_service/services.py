"""What the routes work with, made once from the settings, and how a request reaches it."""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy
import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from auth_service.email_otp import PEPPER_PURPOSE, EmailCodes
from auth_service.errors import not_signed_in
from auth_service.mail import ConsoleMail, Mail
from auth_service.one_time_codes import Limits, OneTimeCodes
from auth_service.postgres_codes import PostgresCodes
from auth_service.redis_codes import RedisCodes
from auth_service.settings import AuthSettings
from auth_service.tokens import AccessTokens, InvalidToken, access_tokens
from auth_service.users import User, Users
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.encryption import Keyring, KeyWrapper
from coinfrs_pipelines.core.settings import derive_secret, settings

# As many as there are worker threads for routes, so that none waits for a connection.
_CONNECTIONS_MAX = 40
# For the description of the API: who is signed in is read below, whatever the scheme's case.
_BEARER = HTTPBearer(scheme_name="accessToken", bearerFormat="JWT", auto_error=False)


@dataclass(frozen=True)
class Services:
    """The parts of one running service.

    The engines differ by their role: `engine` is of the sign-in tables, `registry` of what people
    have, `reader` of what was decided about it.
    """

    settings: AuthSettings
    engine: Engine
    registry: Engine
    reader: Engine
    users: Users
    store: OneTimeCodes
    codes: EmailCodes
    tokens: AccessTokens
    mail: Mail
    keyring: KeyWrapper


def build(auth: AuthSettings) -> Services:
    """Make the parts; nothing is connected yet.

    Raises:
        SettingsError: a secret or the signing key is missing or refused.

    """
    engine = _engine("coinfrs_auth")
    limits = Limits(
        ttl_seconds=auth.otp_ttl_seconds,
        attempts_max=auth.otp_max_attempts,
        requests_per_hour=auth.otp_requests_per_hour,
        failures_per_day=auth.otp_failures_per_day,
    )
    store: OneTimeCodes
    if auth.redis_url is None:
        store = PostgresCodes(engine, limits)
    else:
        store = RedisCodes(auth.redis_url.get_secret_value(), limits)
    structlog.get_logger().info(
        "services_built", one_time_codes="postgres" if auth.redis_url is None else "redis"
    )
    return Services(
        settings=auth,
        engine=engine,
        registry=_engine("coinfrs_registry"),
        reader=_engine("bi_reader"),
        users=Users(engine),
        store=store,
        codes=EmailCodes(store, derive_secret(PEPPER_PURPOSE)),
        tokens=access_tokens(auth, settings()),
        mail=ConsoleMail(),
        keyring=Keyring.from_settings(),
    )


def close(services: Services) -> None:
    """Give back what the parts hold open."""
    services.store.close()
    for engine in (services.engine, services.registry, services.reader):
        engine.dispose()


def _engine(role: database.Role) -> Engine:
    # The connections come from core.database: it knows where the server is and which role to take.
    # A route uses one role after the other, so all engines together need no more than one alone.
    return sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: database.connect(role),
        pool_pre_ping=True,
        pool_size=_CONNECTIONS_MAX // 4,
        max_overflow=_CONNECTIONS_MAX - _CONNECTIONS_MAX // 4,
        hide_parameters=True,
    )


def of(request: Request) -> Services:
    """Return the parts of the service that this request reached."""
    services: Services = request.app.state.services
    return services


def signed_in(
    request: Request,
    _described: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> User:
    """Return who sent this request, by its access token.

    Raises:
        ApiError: there is no valid token, or its user is gone.

    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise not_signed_in()
    try:
        claims = of(request).tokens.verify(token)
    except InvalidToken:
        raise not_signed_in() from None
    user = of(request).users.by_id(claims.user_id)
    if user is None:
        raise not_signed_in()
    request.scope["coinfrs.user_id"] = str(user.id)
    return user


ServicesOf = Annotated[Services, Depends(of)]
SignedIn = Annotated[User, Depends(signed_in)]
