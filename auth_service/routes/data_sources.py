"""One's own data sources: register one with a key that is proven read-only first, and list them.

A secret comes in once and never goes out. Left out: validating again, replacing and disabling a
key, which the command line does today.
"""

from datetime import date, datetime
from http import HTTPStatus
from typing import Literal
from uuid import UUID

import anyio.to_thread
import structlog
from anyio import CapacityLimiter
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from sqlalchemy import text

from auth_service.errors import ApiError
from auth_service.services import Services, ServicesOf, SignedIn
from auth_service.users import User
from coinfrs_pipelines import registration
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.data_sources import AlreadyRegistered
from coinfrs_pipelines.registration import RegistrationRefused

router = APIRouter(prefix="/datasources", tags=["data sources"])

# A venue may take a minute to answer. However many wait for one, the other routes keep their
# threads.
_PROOFS_AT_ONCE = 4

_LIST = text("""
    select id, venue, environment, name, account_ref, account_kind, history_start, created_at
    from registry.data_sources
    where owner_id = :owner and disabled_at is null
    order by created_at, id
""")


class CredentialGiven(BaseModel):
    """A read-only key: a Binance HMAC key has an `api_secret`; Binance Ed25519 and RSA keys and
    Fireblocks API users have a `private_key_pem`, unencrypted.
    """  # noqa: D205 -- one sentence more than fits on a line, shown in OpenAPI.

    model_config = ConfigDict(extra="forbid")

    api_key: SecretStr = Field(min_length=1, max_length=512)
    api_secret: SecretStr | None = Field(default=None, min_length=1, max_length=512)
    private_key_pem: SecretStr | None = Field(default=None, min_length=1, max_length=16_384)

    def document(self) -> dict[str, str]:
        """Return the fields that were given, in the clear."""
        given = {
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "private_key_pem": self.private_key_pem,
        }
        return {
            name: value.get_secret_value() for name, value in given.items() if value is not None
        }


class DataSourceGiven(BaseModel):
    """What to register. `environment` is the venue's; without `history_start` (a UTC day) each
    stream's trailing window is read.
    """  # noqa: D205 -- one sentence more than fits on a line, shown in OpenAPI.

    model_config = ConfigDict(extra="forbid")

    venue: Literal["binance", "fireblocks"]
    environment: Literal["production", "eu", "eu2", "sandbox", "emulator"]
    name: str = Field(min_length=1, max_length=registration.NAME_CHARACTERS_MAX)
    credential: CredentialGiven
    history_start: date | None = None


class DataSourceShown(BaseModel):
    """A registered data source; `account_ref` is what its key was proven to see."""

    id: UUID
    venue: str
    environment: str
    name: str
    account_ref: str
    account_kind: str
    history_start: date | None
    created_at: datetime


class DataSourcesShown(BaseModel):
    """One's own data sources that are not disabled, oldest first."""

    items: list[DataSourceShown]


@router.post("", status_code=HTTPStatus.CREATED)
async def register_data_source(
    given: DataSourceGiven, user: SignedIn, request: Request
) -> DataSourceShown:
    """Prove a key read-only at its venue, then store it sealed; if anything is unclear, refuse."""
    services: Services = request.app.state.services
    limiter: CapacityLimiter = request.app.state.proofs
    return await anyio.to_thread.run_sync(_register, given, user, services, limiter=limiter)


@router.get("")
def list_data_sources(user: SignedIn, services: ServicesOf) -> DataSourcesShown:
    """List one's own data sources."""
    with services.engine.connect() as connection:
        rows = connection.execute(_LIST, {"owner": user.id}).mappings().all()
    return DataSourcesShown(items=[DataSourceShown.model_validate(dict(row)) for row in rows])


def proofs_limiter() -> CapacityLimiter:
    """Return what bounds the proofs at once; made inside the running event loop."""
    return CapacityLimiter(_PROOFS_AT_ONCE)


def _register(given: DataSourceGiven, user: User, services: Services) -> DataSourceShown:
    log = structlog.get_logger().bind(venue=given.venue, environment=given.environment)
    try:
        registered = registration.register(
            lambda: database.connect("coinfrs_registry"),
            services.keyring,
            owner_id=user.id,
            venue=given.venue,
            environment=given.environment,
            name=given.name,
            credential=registration.credential_of(given.venue, given.credential.document()),
            history_start=given.history_start,
        )
    except RegistrationRefused as error:
        log.info("data_source_refused", reason=error.reason, user_id=str(user.id))
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            error.detail,
            reason=error.reason,
            retry_later=error.retry_later,
        ) from None
    except AlreadyRegistered as error:
        raise ApiError(HTTPStatus.CONFLICT, str(error)) from None
    log.info("data_source_registered", data_source_id=str(registered.id), user_id=str(user.id))
    return DataSourceShown.model_validate(registered, from_attributes=True)
