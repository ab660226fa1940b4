"""Who can sign in: one row per address, made when its owner first proved it.

An address that was only registered, with a password of somebody's, is taken over by whoever proves
it first: that password, every session and every access token of before are void (pre-hijacking).
Left out: everything a person has (data sources are `core.data_sources`).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine, RowMapping, text

_COLUMNS = "id, email, created_at, token_epoch, email_verified_at, registration_challenge"
_LOCK_BY_EMAIL = text(f"select {_COLUMNS} from auth.users where email = :email for update")  # noqa: S608
_BY_ID = text(f"select {_COLUMNS} from auth.users where id = :id")  # noqa: S608 -- a constant.
_CREATE = text(f"""
    insert into auth.users (email, email_verified_at) values (:email, now())
    on conflict (email) do nothing
    returning {_COLUMNS}
""")  # noqa: S608 -- a constant.
_CONFIRM = text(f"""
    update auth.users set email_verified_at = now(), registration_challenge = null
    where id = :id
    returning {_COLUMNS}
""")  # noqa: S608 -- a constant.
_TAKE_OVER = text(f"""
    update auth.users
    set email_verified_at = now(), registration_challenge = null, password_hash = null,
        token_epoch = token_epoch + 1
    where id = :id
    returning {_COLUMNS}
""")  # noqa: S608 -- a constant.
_END_SESSIONS = text("""
    update auth.sessions set ended_at = now(), end_reason = 'takeover'
    where user_id = :id and ended_at is null
""")
_BY_IDENTITY = text("""
    select user_id from auth.identities where issuer = :issuer and subject = :subject
""")
# A user has one account at an issuer, and an account one user.
_LINK = text("""
    insert into auth.identities (issuer, subject, user_id) values (:issuer, :subject, :id)
    on conflict do nothing
    returning user_id
""")


class UnverifiedAddress(Exception):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The provider does not vouch for the address, so it says nothing about who this is."""


class IdentityConflict(Exception):  # noqa: N818 -- as above.
    """The address belongs to somebody whom another account at the provider signs in."""


@dataclass(frozen=True)
class User:
    """A person who has proven the address at least once."""

    id: UUID
    email: str
    created_at: datetime
    token_epoch: int


@dataclass(frozen=True)
class Identity:
    """An account at another provider; only `issuer` and `subject` say who it is."""

    issuer: str
    subject: str
    email: str | None
    is_email_verified: bool


class Users:
    """The tables `auth.users` and `auth.identities`, in the role `coinfrs_auth`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def with_email(self, email: str, *, challenge_id: str | None = None) -> User:
        """Return the user of a canonical address that was proven just now, made if there is none.

        `challenge_id` is the request whose code proved it: the one that a registration made keeps
        the registration's password.
        """
        with self._engine.begin() as connection:
            return _proven(connection, email, challenge_id)

    def with_identity(self, identity: Identity) -> User:
        """Return the user of an account at another provider, linked or made if there is none.

        Raises:
            UnverifiedAddress: it is new here, and the provider does not vouch for its address.
            IdentityConflict: the address is somebody's who has another account there.

        """
        names = {"issuer": identity.issuer, "subject": identity.subject}
        with self._engine.begin() as connection:
            known = connection.execute(_BY_IDENTITY, names).scalar_one_or_none()
            if known is not None:
                return _user(connection.execute(_BY_ID, {"id": known}).mappings().one())
            if identity.email is None or identity.is_email_verified is not True:
                raise UnverifiedAddress
            user = _proven(connection, identity.email, None)
            if connection.execute(_LINK, {**names, "id": user.id}).one_or_none() is None:
                # Of two first sign-ins at once, the other one has just linked it.
                linked = connection.execute(_BY_IDENTITY, names).scalar_one_or_none()
                if linked != user.id:
                    raise IdentityConflict
            return user

    def by_id(self, user_id: UUID) -> User | None:
        """Return the user of an id, or None."""
        with self._engine.connect() as connection:
            row = connection.execute(_BY_ID, {"id": user_id}).mappings().one_or_none()
        return None if row is None else _user(row)


def _proven(connection: Connection, email: str, challenge_id: str | None) -> User:
    """Find, take over or make the user of a proven address, holding its row."""
    row = connection.execute(_LOCK_BY_EMAIL, {"email": email}).mappings().one_or_none()
    if row is None:
        row = connection.execute(_CREATE, {"email": email}).mappings().one_or_none()
    if row is None:
        # Of two first sign-ins the loser's insert waited for the winner's, and sees it now.
        row = connection.execute(_LOCK_BY_EMAIL, {"email": email}).mappings().one()
    if row["email_verified_at"] is not None:
        return _user(row)
    if challenge_id is not None and challenge_id == row["registration_challenge"]:
        return _user(connection.execute(_CONFIRM, {"id": row["id"]}).mappings().one())
    connection.execute(_END_SESSIONS, {"id": row["id"]})
    return _user(connection.execute(_TAKE_OVER, {"id": row["id"]}).mappings().one())


def _user(row: RowMapping) -> User:
    return User(row["id"], row["email"], row["created_at"], row["token_epoch"])
