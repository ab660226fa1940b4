"""One's own data sources: registered with a proven key, validated again, renamed, ended.

The proofs ask a venue and take their time, so they hold no transaction of the registry; what is
proven, sealed and kept is `coinfrs_pipelines.registration`. Secrets come in and never go out.
"""

from datetime import date
from http import HTTPStatus
from typing import Any, Literal, cast
from uuid import UUID

import psycopg
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict
from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import IntegrityError

from auth_service.errors import ApiError
from auth_service.registry.pages import Page, PageAsked, page, shown_as
from auth_service.registry.refusals import conflict, not_found, stale
from auth_service.registry.rows import Name
from auth_service.registry.tables import ACCOUNTS_SEEN, DATA_SOURCES, MAPPINGS, PROOFS
from auth_service.services import Services
from auth_service.users import User
from coinfrs_pipelines import registration
from coinfrs_pipelines.core import data_sources, database
from coinfrs_pipelines.core.data_sources import AlreadyRegistered, NotRegistered, OtherAccount
from coinfrs_pipelines.core.encryption import EncryptionError
from coinfrs_pipelines.registration import RegistrationRefused

ENDED_SHOWN_MAX = 50
EXAMPLE: JsonDict = {
    "venue": "binance",
    "environment": "production",
    "name": "Market making",
    "credential": {"api_key": "the key", "api_secret": "its secret"},
    "history_start": "2026-01-01",
}


class CredentialGiven(BaseModel):
    """A read-only key: a Binance HMAC key has an `api_secret`; Binance Ed25519 and RSA keys and
    Fireblocks API users have a `private_key_pem`, unencrypted.
    """  # noqa: D205 -- one sentence more than fits on a line, shown in OpenAPI.

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"api_key": "the key", "api_secret": "its secret"}]},
    )

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

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    venue: Literal["binance", "fireblocks"]
    environment: Literal["production", "eu", "eu2", "sandbox", "emulator"]
    name: str = Field(min_length=1, max_length=registration.NAME_CHARACTERS_MAX)
    credential: CredentialGiven
    history_start: date | None = None


class DataSourceChanged(BaseModel):
    """What may be changed of a data source without proving its key again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Treasury", "history_start": "2025-01-01"}]},
    )

    name: Name
    history_start: date | None = None


class DataSourceShown(BaseModel):
    """A registered data source; `account_ref` is what its key was proven to see, at `proven_at`."""

    id: UUID
    venue: str
    environment: str
    name: str
    account_ref: str
    account_kind: str
    history_start: date | None
    proven_at: AwareDatetime | None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class DataSourceEnded(BaseModel):
    """A data source that is disabled, and why; what was read with its key stays."""

    id: UUID
    venue: str
    name: str
    account_ref: str
    disabled_at: AwareDatetime
    disabled_reason: str


class AccountShown(BaseModel):
    """An account that a data source's key shows, and the location group that it is mapped into."""

    account_id: UUID
    external_id: str
    name: str | None
    kind: str
    parent_account_id: UUID | None
    location_group_id: UUID | None
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime


_SHOWN = shown_as(DataSourceShown)


def list_sources(connection: Connection, user: User, asked: PageAsked) -> Page[DataSourceShown]:
    """Return a page of the user's data sources that are not disabled."""
    at = (DATA_SOURCES.c.created_at, DATA_SOURCES.c.id)
    return page(connection, _own(user), asked, at, _SHOWN)


def list_ended(connection: Connection, user: User) -> list[DataSourceEnded]:
    """Return the user's disabled data sources, the newest first."""
    columns = [DATA_SOURCES.c[name] for name in DataSourceEnded.model_fields]
    ended = (
        select(*columns)
        .where(DATA_SOURCES.c.owner_id == user.id, DATA_SOURCES.c.disabled_at.is_not(None))
        .order_by(DATA_SOURCES.c.disabled_at.desc())
        .limit(ENDED_SHOWN_MAX)
    )
    return [shown_as(DataSourceEnded)(row) for row in connection.execute(ended)]


def find(connection: Connection, user: User, source_id: UUID) -> DataSourceShown:
    """Return one of the user's data sources.

    Raises:
        ApiError: 404.

    """
    row = connection.execute(_own(user).where(DATA_SOURCES.c.id == source_id)).one_or_none()
    if row is None:
        raise not_found()
    return _SHOWN(row)


def register(services: Services, user: User, given: DataSourceGiven) -> UUID:
    """Prove a key read-only at its venue, store it sealed, and return its data source's id.

    Raises:
        ApiError: 422 where it was not proven (with `reason` and `retry_later`), 409.

    """
    try:
        registered = registration.register(
            _registry,
            services.keyring,
            owner_id=user.id,
            venue=given.venue,
            environment=given.environment,
            name=given.name,
            credential=registration.credential_of(given.venue, given.credential.document()),
            history_start=given.history_start,
        )
    except RegistrationRefused as error:
        raise _refused(error) from None
    except AlreadyRegistered as error:
        raise conflict(str(error)) from None
    return registered.id


def validate(services: Services, user: User, source_id: UUID) -> DataSourceShown:
    """Prove a data source's key again, and list its accounts anew.

    Raises:
        ApiError: 404; 422 where it was not proven: with the reason may_write it is disabled now.

    """
    source = _active(user, source_id)
    try:
        registration.validate(_registry, services.keyring, source)
    except RegistrationRefused as error:
        raise _refused(error) from None
    except NotRegistered:
        raise not_found() from None
    except EncryptionError:
        raise conflict("The stored key does not open any more. Replace it.") from None
    with services.registry.connect() as connection:
        return find(connection, user, source_id)


def replace_credential(
    services: Services, user: User, source_id: UUID, given: CredentialGiven
) -> DataSourceShown:
    """Prove another key of the same account read-only, then swap the old one for it.

    Raises:
        ApiError: 404, 409 where it sees another account, 422 where it was not proven.

    """
    source = _active(user, source_id)
    try:
        credential = registration.credential_of(source.venue, given.document())
        registration.rekey(_registry, services.keyring, source, credential)
    except RegistrationRefused as error:
        raise _refused(error) from None
    except OtherAccount as error:
        raise conflict(str(error)) from None
    except NotRegistered:
        raise not_found() from None
    with services.registry.connect() as connection:
        return find(connection, user, source_id)


def replace(
    connection: Connection,
    user: User,
    source_id: UUID,
    given: DataSourceChanged,
    version: int | None,
) -> DataSourceShown:
    """Rename a data source, or have its history read from another day on.

    Raises:
        ApiError: 404, 409 where the user has another one of this name, 412.

    """
    find(connection, user, source_id)
    statement = (
        DATA_SOURCES.update()
        .where(
            DATA_SOURCES.c.id == source_id,
            DATA_SOURCES.c.owner_id == user.id,
            DATA_SOURCES.c.disabled_at.is_(None),
        )
        .values(
            **given.model_dump(),
            version=DATA_SOURCES.c.version + 1,
            updated_at=func.clock_timestamp(),
            updated_by=user.id,
        )
    )
    if version is not None:
        statement = statement.where(DATA_SOURCES.c.version == version)
    try:
        changed = connection.execute(statement)
    except IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise conflict("You have another data source of this name.") from None
        raise
    if changed.rowcount == 0:
        raise stale()
    return find(connection, user, source_id)


def disable(connection: Connection, user: User, source_id: UUID) -> None:
    """End a data source: its wrapped key is destroyed, what was read with it stays.

    Raises:
        ApiError: 404.

    """
    find(connection, user, source_id)
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    try:
        data_sources.disable(driver, source_id, "deleted by its owner")
    except NotRegistered:
        raise not_found() from None
    connection.execute(
        DATA_SOURCES.update()
        .where(DATA_SOURCES.c.id == source_id)
        .values(updated_at=func.clock_timestamp(), updated_by=user.id)
    )


def list_accounts(
    connection: Connection, user: User, source_id: UUID, asked: PageAsked
) -> Page[AccountShown]:
    """Return a page of the accounts that a data source's key was shown when it was last proven.

    Raises:
        ApiError: 404.

    """
    find(connection, user, source_id)
    columns = [
        ACCOUNTS_SEEN.c[name] for name in AccountShown.model_fields if name in ACCOUNTS_SEEN.c
    ]
    statement = (
        select(*columns, MAPPINGS.c.location_group_id)
        .outerjoin(
            MAPPINGS,
            (MAPPINGS.c.account_id == ACCOUNTS_SEEN.c.account_id) & MAPPINGS.c.deleted_at.is_(None),
        )
        .where(ACCOUNTS_SEEN.c.data_source_id == source_id)
    )
    at = (ACCOUNTS_SEEN.c.first_seen_at, ACCOUNTS_SEEN.c.account_id)
    return page(connection, statement, asked, at, shown_as(AccountShown))


def _own(user: User) -> Select[Any]:
    proven_at = (
        select(func.max(PROOFS.c.proven_at))
        .where(PROOFS.c.data_source_id == DATA_SOURCES.c.id, PROOFS.c.is_read_only)
        .correlate(DATA_SOURCES)
        .scalar_subquery()
    )
    columns = [
        DATA_SOURCES.c[name] for name in DataSourceShown.model_fields if name in DATA_SOURCES.c
    ]
    return select(*columns, proven_at.label("proven_at")).where(
        DATA_SOURCES.c.owner_id == user.id, DATA_SOURCES.c.disabled_at.is_(None)
    )


def _active(user: User, source_id: UUID) -> data_sources.DataSource:
    try:
        with _registry() as connection:
            return data_sources.by_id(connection, source_id, owner_id=user.id)
    except NotRegistered:
        raise not_found() from None


def _registry() -> psycopg.Connection:
    return database.connect("coinfrs_registry")


def _refused(error: RegistrationRefused) -> ApiError:
    return ApiError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        error.detail,
        reason=error.reason,
        retry_later=error.retry_later,
    )
