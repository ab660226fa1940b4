"""The registry: which read-only credentials are registered, whose they are, and how to open one.

Every function takes a connection opened as `coinfrs_registry`; `active`, `by_name`, `credential`
and `sees_other_account` also work as `coinfrs_extract`. Writes are made in a transaction (or
savepoint) of their own. Left out: proving that a key is read-only, which is done before `register`
and `rekey` are called.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from coinfrs_pipelines.core import redaction
from coinfrs_pipelines.core.encryption import KeyWrapper, Place, seal, unseal

OPERATOR_EMAIL = "operator@coinfrs.invalid"
# What of a credential is sealed, in this order.
CREDENTIAL_COLUMNS = ("api_key_sealed", "secret_sealed")
SELECT = """
select id, owner_id, venue, environment, name, account_ref, account_kind, history_start,
       created_at, disabled_at
from registry.data_sources
"""
NOT_PROVEN_SINCE = """
where disabled_at is null and not exists (
    select from registry.permission_proofs as proofs
    where proofs.data_source_id = data_sources.id and proofs.is_read_only and proofs.proven_at >= %s
)
order by created_at, id
"""
# Of the proofs that tell whose the key is; one that the venue did not answer tells nothing.
LAST_SEEN_ACCOUNT = """
select is_read_only from registry.permission_proofs
where data_source_id = %s and (is_read_only or evidence ->> 'reason' = %s)
order by id desc
limit 1
"""
# The reason of a proof by which a key sees another account than that of its data source.
OTHER_ACCOUNT = "other_account"


class RegistryError(Exception):
    """The registry refuses; the message says what to do."""


class AlreadyRegistered(RegistryError):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The owner has an active data source of this name, or of this account."""


class NotRegistered(RegistryError):  # noqa: N818 -- as above.
    """There is no such data source, or it is disabled and its credential destroyed."""


class AmbiguousName(RegistryError):  # noqa: N818 -- as above.
    """Several owners have, or had, a data source of this name."""


class OtherAccount(RegistryError):  # noqa: N818 -- as above.
    """The new credential sees another account than the data source."""


class UnknownOwner(RegistryError):  # noqa: N818 -- as above.
    """No user has this e-mail address."""


@dataclass(frozen=True)
class DataSource:
    """One registered credential. `account_ref` is what it was proven to see (uid, workspace id)."""

    id: UUID
    owner_id: UUID
    venue: str
    environment: str
    name: str
    account_ref: str
    account_kind: str
    history_start: date | None
    created_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True)
class Credential:
    """An API key and its secret; for Fireblocks the secret is the PEM of the private key."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)


def register(  # noqa: PLR0913 -- a data source has this many properties, all named at the call.
    conn: psycopg.Connection,
    keyring: KeyWrapper,
    *,
    owner_id: UUID,
    venue: str,
    environment: str,
    name: str,
    credential: Credential,
    account_ref: str,
    account_kind: str,
    evidence: Mapping[str, Any],
    history_start: date | None = None,
) -> DataSource:
    """Store a credential that was proven read-only, with the evidence of the proof.

    Raises:
        AlreadyRegistered: the owner has an active one of this name or for this account.

    """
    row = uuid4()
    statement = """
        insert into registry.data_sources
            (id, owner_id, venue, environment, name, account_ref, account_kind, history_start)
        values (%s, %s, %s, %s, %s, %s, %s, %s)
        returning id, owner_id, venue, environment, name, account_ref, account_kind,
                  history_start, created_at, disabled_at
    """
    values = (row, owner_id, venue, environment, name, account_ref, account_kind, history_start)
    try:
        with conn.transaction(), conn.cursor(row_factory=class_row(DataSource)) as cursor:
            [registered] = cursor.execute(statement, values).fetchall()
            _store_credential(conn, keyring, registered, credential)
            keep_proof(conn, registered, evidence, is_read_only=True)
    except psycopg.errors.UniqueViolation as error:
        is_name = error.diag.constraint_name == "data_sources_name"
        what = f"a data source called {name}" if is_name else f"the {venue} account {account_ref}"
        raise AlreadyRegistered(
            f"This owner has already registered {what}: rekey it, or disable it first."
        ) from None
    return registered


def active(conn: psycopg.Connection, *, venue: str | None = None) -> list[DataSource]:
    """Return the data sources that are not disabled, oldest first."""
    with conn.cursor(row_factory=class_row(DataSource)) as cursor:
        return cursor.execute(
            SELECT
            + "where disabled_at is null and (%(venue)s::text is null or venue = %(venue)s)"
            + " order by created_at, id",
            {"venue": venue},
        ).fetchall()


def proven_before(conn: psycopg.Connection, instant: datetime) -> list[DataSource]:
    """Return the active data sources whose newest proof is older than an instant, oldest first."""
    with conn.cursor(row_factory=class_row(DataSource)) as cursor:
        return cursor.execute(SELECT + NOT_PROVEN_SINCE, [instant]).fetchall()


def by_name(conn: psycopg.Connection, name: str, *, owner_id: UUID | None = None) -> DataSource:
    """Return an owner's active data source of this name, else the one disabled last.

    Raises:
        NotRegistered: no data source ever had this name.
        AmbiguousName: several owners have or had one; pass `owner_id`.

    """
    with conn.cursor(row_factory=class_row(DataSource)) as cursor:
        found = cursor.execute(
            SELECT
            + "where name = %(name)s and (%(owner)s::uuid is null or owner_id = %(owner)s)"
            + " order by disabled_at desc nulls first",
            {"name": name, "owner": owner_id},
        ).fetchall()
    if not found:
        raise NotRegistered(f"No data source is called {name}: see `coinfrs sources list`.")
    # Disabled ones count: which of two ended first says nothing about which one is meant.
    if len({data_source.owner_id for data_source in found}) > 1:
        raise AmbiguousName(
            f"Several owners have or had a data source called {name}: say whose with --owner EMAIL."
        )
    return found[0]


def by_id(
    conn: psycopg.Connection, data_source_id: UUID, *, owner_id: UUID | None = None
) -> DataSource:
    """Return an active data source, of one owner if `owner_id` is given.

    Raises:
        NotRegistered: there is none.

    """
    with conn.cursor(row_factory=class_row(DataSource)) as cursor:
        found = cursor.execute(
            SELECT
            + "where id = %(id)s and disabled_at is null"
            + " and (%(owner)s::uuid is null or owner_id = %(owner)s)",
            {"id": data_source_id, "owner": owner_id},
        ).fetchone()
    if found is None:
        raise NotRegistered(f"No active data source has the id {data_source_id}.")
    return found


def credential(
    conn: psycopg.Connection, keyring: KeyWrapper, data_source: DataSource
) -> Credential:
    """Open the credential of a data source; from now on its values are masked in this process.

    Raises:
        NotRegistered: the data source is disabled.
        UnknownKey, NotAuthentic: as `encryption.unseal`.

    """
    row = conn.execute(
        "select api_key_sealed, secret_sealed from registry.credentials where data_source_id = %s",
        [data_source.id],
    ).fetchone()
    if row is None:
        raise NotRegistered(f"The data source {data_source.name} is disabled: register it again.")
    api_key = unseal(keyring, row[0], place_of(data_source, "api_key_sealed")).decode()
    secret = unseal(keyring, row[1], place_of(data_source, "secret_sealed")).decode()
    redaction.remember(api_key, secret)
    return Credential(api_key=api_key, secret=secret)


def lock(conn: psycopg.Connection, data_source: DataSource) -> None:
    """Let nobody swap or destroy the credential of a data source until the transaction ends.

    Whoever does locks the data source first, too, so that none waits for the other in a circle.
    """
    conn.execute(
        "select from registry.data_sources where id = %s for no key update", [data_source.id]
    )


def sees_other_account(conn: psycopg.Connection, data_source: DataSource) -> bool:
    """Whether its key saw another account when it was last proven; what it reads is not of this."""
    row = conn.execute(LAST_SEEN_ACCOUNT, [data_source.id, OTHER_ACCOUNT]).fetchone()
    return row is not None and not row[0]


def rekey(
    conn: psycopg.Connection,
    keyring: KeyWrapper,
    data_source: DataSource,
    *,
    credential: Credential,
    account_ref: str,
    evidence: Mapping[str, Any],
    by: UUID | None = None,
) -> None:
    """Swap the credential for one that was proven read-only; the old one is gone afterwards.

    `by` is the user who changes it over HTTP, or None.

    Raises:
        OtherAccount: the new credential sees another account.
        NotRegistered: the data source is disabled.

    """
    if account_ref != data_source.account_ref:
        raise OtherAccount(
            f"The new credential sees {account_ref}, but {data_source.name} is "
            f"{data_source.account_ref}: register it as a data source of its own."
        )
    with conn.transaction():
        changed = conn.execute(
            "update registry.data_sources set version = version + 1,"
            " updated_at = clock_timestamp(), updated_by = %s"
            " where id = %s and disabled_at is null",
            [by, data_source.id],
        )
        if changed.rowcount == 0:
            raise NotRegistered(
                f"The data source {data_source.name} is disabled: register it again."
            )
        conn.execute("delete from registry.credentials where data_source_id = %s", [data_source.id])
        _store_credential(conn, keyring, data_source, credential)
        keep_proof(conn, data_source, evidence, is_read_only=True)


def keep_proof(
    conn: psycopg.Connection,
    data_source: DataSource,
    evidence: Mapping[str, Any],
    *,
    is_read_only: bool,
) -> None:
    """Keep what was probed of a credential and answered, and whether it proves it read-only."""
    conn.execute(
        "insert into registry.permission_proofs (data_source_id, is_read_only, evidence)"
        " values (%s, %s, %s)",
        (data_source.id, is_read_only, Jsonb(dict(evidence))),
    )


def disable(
    conn: psycopg.Connection, data_source_id: UUID, reason: str, *, by: UUID | None = None
) -> None:
    """End a data source's chains here and destroy its credential, whose data keys go with it.

    `by` is the user who ends it over HTTP, or None: the command line, or a proof that failed.

    Raises:
        NotRegistered: there is no active data source of this id.

    """
    with conn.transaction():
        disabled = conn.execute(
            "update registry.data_sources set disabled_at = clock_timestamp(),"
            " disabled_reason = %s, version = version + 1,"
            " updated_at = clock_timestamp(), updated_by = %s"
            " where id = %s and disabled_at is null",
            [reason, by, data_source_id],
        )
        if disabled.rowcount == 0:
            raise NotRegistered(f"No active data source has the id {data_source_id}.")
        conn.execute("delete from registry.credentials where data_source_id = %s", [data_source_id])


def leave_notice(conn: psycopg.Connection, data_source: DataSource) -> None:
    """Leave word for the owner that a data source was disabled; the sign-in service mails it.

    The operator has no mailbox: who uses the command line reads the report of the check.
    """
    if data_source.owner_id != operator_id(conn):
        conn.execute("insert into registry.notices (data_source_id) values (%s)", [data_source.id])


def owner_id_by_email(conn: psycopg.Connection, email: str) -> UUID:
    """Return the user of an e-mail address, in any case of its letters.

    Raises:
        UnknownOwner: nobody has it.

    """
    row = conn.execute("select id from auth.users where email = lower(%s)", [email]).fetchone()
    if row is None:
        raise UnknownOwner(f"No user has the address {email}: let them sign in once.")
    owner: UUID = row[0]
    return owner


def operator_id(conn: psycopg.Connection) -> UUID:
    """Return the user that owns what the command line registers without an owner.

    Raises:
        UnknownOwner: the database was not migrated.

    """
    return owner_id_by_email(conn, OPERATOR_EMAIL)


def account_id(owner_id: UUID, venue: str, environment: str, external_id: str) -> UUID:
    """Return the id of an account; the dbt macro of the same name computes the same.

    `external_id` is the venue's own reference: a Binance uid; a Fireblocks workspace id, a slash
    and the id of the vault account.
    """
    text = "\n".join((str(owner_id), venue, environment, external_id))
    return UUID(bytes=hashlib.sha256(text.encode()).digest()[:16])


def _store_credential(
    conn: psycopg.Connection, keyring: KeyWrapper, data_source: DataSource, credential: Credential
) -> None:
    redaction.remember(credential.api_key, credential.secret)
    sealed = (
        seal(keyring, credential.api_key.encode(), place_of(data_source, "api_key_sealed")),
        seal(keyring, credential.secret.encode(), place_of(data_source, "secret_sealed")),
    )
    conn.execute(
        "insert into registry.credentials (data_source_id, api_key_sealed, secret_sealed)"
        " values (%s, %s, %s)",
        (data_source.id, *sealed),
    )


def place_of(data_source: DataSource, column: str) -> Place:
    """Return where a sealed column of a data source's credential is stored, and whose it is."""
    return Place(
        table="registry.credentials",
        column=column,
        row=str(data_source.id),
        owner=str(data_source.owner_id),
    )
