"""Register a venue's credential: connect, prove it read-only, store it sealed. In this order.

And prove a stored one again: whose key may do more by then is disabled.

The one flow behind the sign-in service and the command line, on top of `connectors` and `core`
(decision 0008). Nothing is stored of a credential that was not proven, and no error, log or repr
holds one. Left out: what a proof probes (each venue's `permissions.py`) and how a credential is
sealed (`core.data_sources`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from coinfrs_pipelines.connectors import proofs
from coinfrs_pipelines.connectors.binance import auth as binance_auth
from coinfrs_pipelines.connectors.binance import permissions as binance_permissions
from coinfrs_pipelines.connectors.fireblocks import auth as fireblocks_auth
from coinfrs_pipelines.connectors.fireblocks import permissions as fireblocks_permissions
from coinfrs_pipelines.connectors.http import Budget, Exchange, VenueClient
from coinfrs_pipelines.connectors.private_keys import UnusableKeyError
from coinfrs_pipelines.connectors.proofs import NotReadOnly, Proof, SeenAccount
from coinfrs_pipelines.core import accounts, data_sources
from coinfrs_pipelines.core.data_sources import Credential, DataSource
from coinfrs_pipelines.core.encryption import KeyWrapper
from coinfrs_pipelines.core.settings import SettingsError, settings, venue_urls

# A key goes into a header: printable ASCII without blanks, and no longer than any venue's.
_HEADER_SAFE = re.compile(r"[\x21-\x7e]{1,512}")
NAME_CHARACTERS_MAX = 100
# Both venues are younger: there is nothing to read of before.
HISTORY_START_MIN = date(2017, 1, 1)
# The reason of a refusal that also ends what is registered already.
MAY_WRITE = "may_write"


class RegistrationRefused(Exception):  # noqa: N818 -- the name states the refusal.
    """A credential was not registered. The text says what to do next and names no secret.

    `reason` is a stable code: wrong_credential, wrong_environment, wrong_name, wrong_history_start,
    may_write, unclear, other_account, or that of the venue's error (unauthorised, throttled, …).
    `retry_later` says that the very same request may succeed later. `evidence` is what was probed
    and answered by then, as JSON.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        retry_later: bool = False,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.retry_later = retry_later
        self.evidence = dict(evidence or {})
        super().__init__(detail)


@dataclass(frozen=True)
class Proven:
    """A credential that was proven read-only, and what it is to be registered as."""

    venue: str
    environment: str
    name: str
    credential: Credential
    history_start: date | None
    proof: Proof
    seen: tuple[SeenAccount, ...]


@dataclass(frozen=True)
class _Venue:
    """How a venue's credential is written down, used and proven.

    `secret_fields` are the names that its secret may have.
    """

    secret_fields: tuple[str, ...]
    connect: Callable[
        [str, str, Mapping[str, str], Budget, Callable[[Exchange], None]], VenueClient
    ]
    prove: Callable[[VenueClient], Proof]
    list_accounts: Callable[[VenueClient, Proof], tuple[SeenAccount, ...]]


_VENUES: Mapping[str, _Venue] = {
    "binance": _Venue(
        ("api_secret", "private_key_pem"),
        binance_auth.connect,
        binance_permissions.prove_read_only,
        binance_permissions.list_accounts,
    ),
    "fireblocks": _Venue(
        ("private_key_pem",),
        fireblocks_auth.connect,
        fireblocks_permissions.prove_read_only,
        fireblocks_permissions.list_accounts,
    ),
}


def credential_of(venue: str, document: Mapping[str, Any]) -> Credential:
    """Return the credential written as JSON: `api_key` and `api_secret` or `private_key_pem`.

    Binance has HMAC keys with an `api_secret`, and Ed25519 and RSA keys with a `private_key_pem`.

    Raises:
        RegistrationRefused: a field is missing, unknown, or no text, or a PEM is none.

    """
    fields = _venue(venue).secret_fields
    wanted = (
        f"A {venue} credential has exactly the fields api_key and {' or '.join(fields)}, both text."
    )
    given = [field for field in fields if field in document]
    if len(given) != 1 or set(document) != {"api_key", given[0]}:
        raise RegistrationRefused("wrong_credential", wanted)
    api_key, secret = document["api_key"], document[given[0]]
    if not isinstance(api_key, str) or not isinstance(secret, str) or not secret:
        raise RegistrationRefused("wrong_credential", wanted)
    if venue == "binance" and (given[0] == "private_key_pem") != binance_auth.is_private_key(
        secret
    ):
        raise RegistrationRefused(
            "wrong_credential",
            "The secret of an HMAC key is api_secret; the PEM of an Ed25519 or RSA key, which "
            "begins with -----BEGIN, is private_key_pem.",
        )
    return Credential(api_key=api_key, secret=secret)


def inspect(
    venue: str, environment: str, credential: Credential
) -> tuple[Proof, tuple[SeenAccount, ...]]:
    """Ask the venue itself whether a credential can only read, and which accounts it shows.

    Raises:
        RegistrationRefused: it may do more, it cannot sign, or an answer was unclear.

    """
    known = _venue(venue)
    try:
        base_urls = venue_urls(venue, environment)
    except SettingsError as error:
        raise RegistrationRefused("wrong_environment", str(error)) from None
    if not _HEADER_SAFE.fullmatch(credential.api_key):
        raise RegistrationRefused(
            "wrong_credential", "The API key holds a character that no venue's key has."
        )
    # The emulator's limits are scaled on both sides, or its own count would fill this one.
    factor = settings().limits_factor if environment == "emulator" else Decimal(1)
    budget = proofs.ProbeBudget(venue, environment, factor)
    refusal: RegistrationRefused | None = None
    try:
        with known.connect(
            credential.api_key, credential.secret, base_urls, budget, proofs.Patience(venue).check
        ) as client:
            proof = known.prove(client)
            return proof, known.list_accounts(client, proof)
    except NotReadOnly as error:
        refusal = RegistrationRefused(
            error.reason, error.detail, retry_later=error.retry_later, evidence=error.evidence
        )
    except UnusableKeyError as error:
        refusal = RegistrationRefused("wrong_credential", str(error))
    raise refusal


def register(
    conn: Callable[[], psycopg.Connection],
    keyring: KeyWrapper,
    *,
    owner_id: UUID,
    venue: str,
    environment: str,
    name: str,
    credential: Credential,
    history_start: date | None = None,
) -> DataSource:
    """Prove a credential read-only, then store it sealed: `prove` and `store`.

    `conn` opens a connection as `coinfrs_registry`; it is called after the proof, so that none is
    held while the venue is asked.

    Raises:
        RegistrationRefused: it was not proven; nothing is stored.
        AlreadyRegistered: the owner has an active data source of this name or account.

    """
    proven = prove(
        venue=venue,
        environment=environment,
        name=name,
        credential=credential,
        history_start=history_start,
    )
    with conn() as connection:
        return store(connection, keyring, owner_id, proven)


def prove(
    *,
    venue: str,
    environment: str,
    name: str,
    credential: Credential,
    history_start: date | None = None,
) -> Proven:
    """Prove a credential read-only, and store nothing.

    Raises:
        RegistrationRefused: it was not proven, or cannot be registered like this.

    """
    name = _name(name)
    if history_start is not None:
        try:
            history_start_of(history_start)
        except ValueError as error:
            refused = f"The first day of the history {error}."
            raise RegistrationRefused("wrong_history_start", refused) from None
    proof, seen = inspect(venue, environment, credential)
    return Proven(venue, environment, name, credential, history_start, proof, seen)


def store(
    connection: psycopg.Connection, keyring: KeyWrapper, owner_id: UUID, proven: Proven
) -> DataSource:
    """Store a proven credential sealed, with its proof and accounts: all of it, or nothing.

    Raises:
        AlreadyRegistered: the owner has an active data source of this name or account.

    """
    with connection.transaction():
        registered = data_sources.register(
            connection,
            keyring,
            owner_id=owner_id,
            venue=proven.venue,
            environment=proven.environment,
            name=proven.name,
            credential=proven.credential,
            account_ref=proven.proof.account_ref,
            account_kind=proven.proof.account_kind,
            evidence=proven.proof.evidence,
            history_start=proven.history_start,
        )
        accounts.record(connection, registered, proven.seen)
    return registered


def history_start_of(day: date) -> date:
    """Return a UTC day from which history can be read.

    Raises:
        ValueError: the venues are younger, or it is yet to come.

    """
    if not HISTORY_START_MIN <= day <= datetime.now(UTC).date():
        raise ValueError(f"has to be a day from {HISTORY_START_MIN} to today (UTC)")
    return day


def validate(
    conn: Callable[[], psycopg.Connection], keyring: KeyWrapper, data_source: DataSource
) -> None:
    """Prove a stored credential again, keep what was answered, and list its accounts anew.

    Where it may do more than read by now, the data source is disabled, its credential destroyed.

    Raises:
        RegistrationRefused: it was not proven; with the reason may_write it is disabled.
        NotRegistered: the data source is disabled.
        UnknownKey, NotAuthentic: its credential does not open.

    """
    with conn() as connection:
        credential = data_sources.credential(connection, keyring, data_source)
    try:
        proof, seen = inspect(data_source.venue, data_source.environment, credential)
        _require_same_account(data_source, proof)
    except RegistrationRefused as refusal:
        _keep_refusal(conn, keyring, data_source, credential, refusal)
        raise
    with conn() as connection:
        data_sources.keep_proof(connection, data_source, proof.evidence, is_read_only=True)
        accounts.record(connection, data_source, seen)


def rekey(
    conn: Callable[[], psycopg.Connection],
    keyring: KeyWrapper,
    data_source: DataSource,
    credential: Credential,
    *,
    by: UUID | None = None,
) -> None:
    """Prove a new credential for a data source, then swap the old one for it; see `register`.

    `by` is the user who gave it, where it was one.

    Raises:
        RegistrationRefused: it was not proven, or the account is of another kind than was
            registered; the old one stays.
        OtherAccount, NotRegistered: as `data_sources.rekey`.

    """
    proof, seen = inspect(data_source.venue, data_source.environment, credential)
    if proof.account_ref == data_source.account_ref:
        _require_same_account(data_source, proof)
    with conn() as connection:
        data_sources.rekey(
            connection,
            keyring,
            data_source,
            credential=credential,
            account_ref=proof.account_ref,
            evidence=proof.evidence,
            by=by,
        )
        accounts.record(connection, data_source, seen)


def _require_same_account(data_source: DataSource, proof: Proof) -> None:
    """Refuse a key that sees another account, or one of another kind than was registered.

    The kind decides which streams are asked and required of the account.
    """
    if proof.account_ref != data_source.account_ref:
        detail = "The key sees another account than the one it was registered for."
    elif proof.account_kind != data_source.account_kind:
        detail = (
            f"The account is a {_in_words(proof.account_kind)} and was registered as a "
            f"{_in_words(data_source.account_kind)}: disable the data source and register it again."
        )
    else:
        return
    raise RegistrationRefused(data_sources.OTHER_ACCOUNT, detail, evidence=proof.evidence)


def _in_words(account_kind: str) -> str:
    return account_kind.replace("_", "-")


def _keep_refusal(
    conn: Callable[[], psycopg.Connection],
    keyring: KeyWrapper,
    data_source: DataSource,
    credential: Credential,
    refusal: RegistrationRefused,
) -> None:
    """Keep why a stored credential was not proven; disable the source of one that may do more.

    Its owner is told by mail. Not if a newer credential has taken its place by now.
    """
    found = refusal.evidence | {"reason": refusal.reason, "detail": refusal.detail}
    with conn() as connection, connection.transaction():
        # A newer one comes before this, or finds the source disabled: never in between.
        data_sources.lock(connection, data_source)
        try:
            if data_sources.credential(connection, keyring, data_source) != credential:
                return
        except data_sources.NotRegistered:
            return
        data_sources.keep_proof(connection, data_source, found, is_read_only=False)
        if refusal.reason == MAY_WRITE:
            data_sources.disable(connection, data_source.id, refusal.detail)
            data_sources.leave_notice(connection, data_source)


def _venue(venue: str) -> _Venue:
    if venue not in _VENUES:
        raise RegistrationRefused(
            "wrong_environment", f"The venues are {' and '.join(_VENUES)}, nothing else."
        )
    return _VENUES[venue]


def _name(name: str) -> str:
    """Return the name, stripped; it is shown in reports, logs and terminals."""
    stripped = name.strip()
    if not stripped.isprintable() or not 0 < len(stripped) <= NAME_CHARACTERS_MAX:
        raise RegistrationRefused(
            "wrong_name",
            f"A name has 1 to {NAME_CHARACTERS_MAX} printable characters on one line.",
        )
    return stripped
