"""Who can sign in: one row per address, made when its first code was right.

Left out: everything a person has (data sources are `core.data_sources`), and other ways to sign in.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, text

_FIND_OR_CREATE = text("""
    with created as (
        insert into auth.users (email) values (:email)
        on conflict (email) do nothing
        returning id, email, created_at
    )
    select id, email, created_at from created
    union all
    select id, email, created_at from auth.users where email = :email
    limit 1
""")
_BY_ID = text("select id, email, created_at from auth.users where id = :id")


@dataclass(frozen=True)
class User:
    """A person who has signed in at least once."""

    id: UUID
    email: str
    created_at: datetime


class Users:
    """The table `auth.users`, through an engine in the role `coinfrs_auth`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def with_email(self, email: str) -> User:
        """Return the user of an address in its canonical form, made now if there is none."""
        # Two first sign-ins at once: the loser's insert waits, does nothing, and its snapshot does
        # not show the winner's row yet. A second statement sees it.
        for _ in range(2):
            with self._engine.begin() as connection:
                row = connection.execute(_FIND_OR_CREATE, {"email": email}).one_or_none()
            if row is not None:
                return User(row.id, row.email, row.created_at)
        raise RuntimeError("A user is neither there nor can be made.")

    def by_id(self, user_id: UUID) -> User | None:
        """Return the user of an id, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(_BY_ID, {"id": user_id}).one_or_none()
        return None if row is None else User(row.id, row.email, row.created_at)
