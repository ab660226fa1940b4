"""One's own data sources: registered with a proven key, validated again, renamed, ended.

The proofs ask a venue and take their time, so they hold no connection meanwhile, and a person may
make so many of them an hour; what is proven, sealed and kept is `coinfrs_pipelines.registration`.
Secrets come in and never go out. What became of a key is logged here, whoever asked for it.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

import psycopg
import structlog
from sqlalchemy import Connection, Select, func, select
from sqlalchemy.exc import IntegrityError

from auth_service.errors import ApiError, asked_too_often
from auth_service.rate_limits import PROOFS_PER_HOUR, TooManyRequests
from auth_service.registry.data_source_models import (
    AccountShown,
    CredentialGiven,
    DataSourceChanged,
    DataSourceEnded,
    DataSourceGiven,
    DataSourceShown,
)
from auth_service.registry.pages import Page, PageAsked, page, shown_as
from auth_service.registry.refusals import conflict, not_found, stale
from auth_service.registry.tables import ACCOUNTS_SEEN, DATA_SOURCES, MAPPINGS, PROOFS
from auth_service.services import Services
from auth_service.users import User
from coinfrs_pipelines import registration
from coinfrs_pipelines.core import data_sources, database
from coinfrs_pipelines.core.data_sources import (
    AlreadyRegistered,
    DataSource,
    NotRegistered,
    OtherAccount,
)
from coinfrs_pipelines.core.encryption import EncryptionError
from coinfrs_pipelines.registration import MAY_WRITE, Proven, RegistrationRefused

ENDED_SHOWN_MAX = 50
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


def prove(services: Services, user: User, given: DataSourceGiven) -> Proven:
    """Prove a key read-only at its venue; nothing is stored, and no connection is held.

    Raises:
        ApiError: 422 where it was not proven (with `reason` and `retry_later`), 429.

    """
    with _answered(user, venue=given.venue, environment=given.environment):
        credential = registration.credential_of(given.venue, given.credential.document())
        _admit(services, user)
        return registration.prove(
            venue=given.venue,
            environment=given.environment,
            name=given.name,
            credential=credential,
            history_start=given.history_start,
        )


def store(
    services: Services, connection: Connection, user: User, proven: Proven
) -> DataSourceShown:
    """Store a proven key sealed, in the caller's transaction, as a data source of the user.

    Raises:
        ApiError: 409 where the user has one of this name or account.

    """
    with _answered(user, venue=proven.venue, environment=proven.environment):
        made = registration.store(_driver(connection), services.keyring, user.id, proven)
    _note("data_source_registered", user, made)
    return find(connection, user, made.id)


def register(services: Services, user: User, given: DataSourceGiven) -> UUID:
    """Prove a key read-only at its venue, store it sealed, and return its data source's id.

    Raises:
        ApiError: as `prove` and `store`.

    """
    proven = prove(services, user, given)
    with services.registry.begin() as connection:
        return store(services, connection, user, proven).id


def validate(services: Services, user: User, source_id: UUID) -> DataSourceShown:
    """Prove a data source's key again, and list its accounts anew.

    Raises:
        ApiError: 404, 429; 422 where it was not proven: with the reason may_write it is disabled
            now.

    """
    source = _active(user, source_id)
    with _answered(user, data_source_id=source_id):
        _admit(services, user)
        try:
            registration.validate(_registry, services.keyring, source)
        except RegistrationRefused as error:
            if error.reason == MAY_WRITE:
                _note("data_source_ended", user, source, reason=MAY_WRITE)
            raise
        except EncryptionError:
            raise conflict("The stored key does not open any more. Replace it.") from None
    with services.registry.connect() as connection:
        return find(connection, user, source_id)


def replace_credential(
    services: Services, user: User, source_id: UUID, given: CredentialGiven
) -> DataSourceShown:
    """Prove another key of the same account read-only, then swap the old one for it.

    Raises:
        ApiError: 404, 409 where it sees another account, 422 where it was not proven, 429.

    """
    source = _active(user, source_id)
    with _answered(user, data_source_id=source_id):
        credential = registration.credential_of(source.venue, given.document())
        _admit(services, user)
        registration.rekey(_registry, services.keyring, source, credential, by=user.id)
    _note("data_source_key_replaced", user, source)
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
    ended = find(connection, user, source_id)
    reason = "deleted by its owner"
    with _answered(user, data_source_id=source_id):
        data_sources.disable(_driver(connection), source_id, reason, by=user.id)
    _note("data_source_ended", user, ended, reason="by_owner")


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


def _active(user: User, source_id: UUID) -> DataSource:
    try:
        with _registry() as connection:
            return data_sources.by_id(connection, source_id, owner_id=user.id)
    except NotRegistered:
        raise not_found() from None


def _registry() -> psycopg.Connection:
    return database.connect("coinfrs_registry")


def _driver(connection: Connection) -> psycopg.Connection:
    """Return the connection below, with its transaction begun: what is done there is part of it."""
    connection.execute(select(1))
    return cast("psycopg.Connection", connection.connection.driver_connection)


def _admit(services: Services, user: User) -> None:
    """Count a question to a venue that the user has asked."""
    try:
        services.limits.admit_proof(str(user.id))
    except TooManyRequests as error:
        raise asked_too_often(
            f"Venues are asked about the keys of one person {PROOFS_PER_HOUR} times an hour. "
            f"Try again in {math.ceil(error.wait_seconds / 60)} minutes.",
            wait_seconds=error.wait_seconds,
        ) from None


@contextmanager
def _answered(user: User, **about: UUID | str) -> Iterator[None]:
    """Turn what the registration refuses into answers, and note the reason."""
    try:
        yield
    except RegistrationRefused as error:
        known = {name: str(value) for name, value in about.items()}
        structlog.get_logger().info(
            "data_source_refused", reason=error.reason, user_id=str(user.id), **known
        )
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            error.detail,
            reason=error.reason,
            retry_later=error.retry_later,
        ) from None
    except (AlreadyRegistered, OtherAccount) as error:
        raise conflict(str(error)) from None
    except NotRegistered:
        raise not_found() from None


def _note(
    event: str, user: User, source: DataSource | DataSourceShown, *, reason: str | None = None
) -> None:
    structlog.get_logger().info(
        event,
        user_id=str(user.id),
        data_source_id=str(source.id),
        venue=source.venue,
        environment=source.environment,
        reason=reason,
    )
