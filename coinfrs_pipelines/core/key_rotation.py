"""Rotating the key-encryption key: every stored data key is wrapped anew by the newest key.

While it runs, everything else goes on: each row is locked for its own moment, readers see it before
or after, and open it either way as long as they have both keys. Messages are not encrypted anew;
each is opened, so that a row which opens no more is found and told, and stops nothing.
"""

from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from coinfrs_pipelines.core.data_sources import CREDENTIAL_COLUMNS, DataSource, place_of
from coinfrs_pipelines.core.data_sources import by_id as data_source_by_id
from coinfrs_pipelines.core.encryption import (
    EncryptionError,
    KeyWrapper,
    needs_rewrapping,
    rewrap,
    unseal,
)


@dataclass(frozen=True)
class Unopened:
    """A sealed secret that does not open, and why; the text names no secret."""

    data_source: DataSource
    column: str
    why: str


@dataclass
class Rotation:
    """What became of the sealed secrets, two of each data source."""

    newest_key_id: str
    rewrapped: int = 0
    up_to_date: int = 0
    unopened: list[Unopened] = field(default_factory=list)


def rotate(conn: psycopg.Connection, keyring: KeyWrapper) -> Rotation:
    """Wrap every data key by the newest key of the keyring; what does not open stays as it is.

    The connection is one of `coinfrs_registry` in autocommit: each row is a transaction of its own.
    """
    rotation = Rotation(keyring.newest_key_id)
    found = conn.execute("select data_source_id from registry.credentials order by sealed_at")
    for (data_source_id,) in found.fetchall():
        with conn.transaction():
            _rotate_row(conn, keyring, data_source_id, rotation)
    return rotation


def _rotate_row(
    conn: psycopg.Connection, keyring: KeyWrapper, data_source_id: UUID, rotation: Rotation
) -> None:
    row = conn.execute(
        "select api_key_sealed, secret_sealed from registry.credentials"
        " where data_source_id = %s for update",
        [data_source_id],
    ).fetchone()
    if row is None:
        return  # Disabled since it was listed.
    data_source = data_source_by_id(conn, data_source_id)
    sealed = dict(zip(CREDENTIAL_COLUMNS, row, strict=True))
    for column, envelope in sealed.items():
        place = place_of(data_source, column)
        try:
            if needs_rewrapping(keyring, envelope):
                sealed[column] = rewrap(keyring, envelope, place)
                rotation.rewrapped += 1
            else:
                unseal(keyring, envelope, place)
                rotation.up_to_date += 1
        except EncryptionError as error:
            rotation.unopened.append(Unopened(data_source, column, str(error)))
    conn.execute(
        "update registry.credentials set api_key_sealed = %s, secret_sealed = %s"
        " where data_source_id = %s",
        [*sealed.values(), data_source_id],
    )
