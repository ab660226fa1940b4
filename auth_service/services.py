"""What the routes work with, made once from the settings, and how a request reaches it."""

from dataclasses import dataclass
from typing import Annotated

import sqlalchemy
import structlog
from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from auth_service.email_otp import PEPPER_PURPOSE, EmailCodes
from auth_service.errors import ApiError, asked_too_often, not_signed_in
from auth_service.google import Google
from auth_service.mail import Mail, mail
from auth_service.one_time_codes import Limits, OneTimeCodes
from auth_service.passwords import Passwords
from auth_service.postgres_codes import PostgresCodes
from auth_service.rate_limits import RateLimits, TooManyRequests
from auth_service.redis_codes import RedisCodes
from auth_service.sessions import Sessions
from auth_service.settings import AuthSettings
from auth_service.short_lived import PostgresShortLived, RedisShortLived, ShortLived
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
    short_lived: ShortLived
    codes: EmailCodes
    limits: RateLimits
    sessions: Sessions
    tokens: AccessTokens
    google: Google | None
    passwords: Passwords
    mail: Mail
    keyring: KeyWrapper

    def close(self) -> None:
        """Give back every connection."""
        self.store.close()
        self.short_lived.close()
        for engine in (self.engine, self.registry, self.reader):
            engine.dispose()


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
    short_lived: ShortLived
    if auth.redis_url is None:
        store, short_lived = PostgresCodes(engine, limits), PostgresShortLived(engine)
    else:
        url = auth.redis_url.get_secret_value()
        store, short_lived = RedisCodes(url, limits), RedisShortLived(url)
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
        short_lived=short_lived,
        codes=EmailCodes(store, derive_secret(PEPPER_PURPOSE)),
        limits=RateLimits(auth),
        sessions=Sessions(engine, short_lived, auth),
        tokens=access_tokens(auth, settings()),
        google=None if auth.google_client_id is None else Google(auth, short_lived),
        passwords=Passwords(engine),
        mail=mail(auth),
        keyring=Keyring.from_settings(),
    )


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


def admit(request: Request) -> None:
    """Count a request to sign in against its origin.

    Raises:
        ApiError: too many came from there in the last minute.

    """
    try:
        of(request).limits.admit(request.client.host if request.client else None)
    except TooManyRequests as error:
        raise too_many(error) from None


def too_many(error: TooManyRequests) -> ApiError:
    """Return the refusal of a request that comes too soon."""
    return asked_too_often(
        "Too many requests. Wait for as long as Retry-After says.", wait_seconds=error.wait_seconds
    )


def bearer(request: Request) -> str:
    """Return the token of the Authorization header, or nothing where it holds none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def signed_in(
    request: Request,
    _described: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> User:
    """Return who sent this request, by its access token.

    Raises:
        ApiError: there is no valid token, its session has ended, or its user is gone.

    """
    services = of(request)
    try:
        claims = services.tokens.verify(bearer(request))
    except InvalidToken:
        raise not_signed_in() from None
    if services.sessions.has_ended(claims.session_id):
        raise not_signed_in()
    user = services.users.by_id(claims.user_id)
    if user is None or user.token_epoch != claims.epoch:
        raise not_signed_in()
    request.scope["coinfrs.user_id"] = str(user.id)
    return user


Admitted = Depends(admit)
ServicesOf = Annotated[Services, Depends(of)]
SignedIn = Annotated[User, Depends(signed_in)]
