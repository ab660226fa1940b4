"""Register a venue's credential: connect, prove it read-only, store it sealed. In this order.

And prove a stored one again: whose key may do more by then is disabled.

The one flow behind the sign-in service and the command line, on top of `connectors` and `core`
(decision 0008). Nothing is stored of a credential that was not proven, and no error, log or repr
holds one. Left out: what a proof probes (each venue's `permissions.py`) and how a credential is
sealed (`core.data_sources`).
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg

from coinfrs_pipelines.connectors.binance import auth as binance_auth
from coinfrs_pipelines.connectors.binance import permissions as binance_permissions
from coinfrs_pipelines.connectors.errors import Throttled, Transient, VenueError
from coinfrs_pipelines.connectors.fireblocks import auth as fireblocks_auth
from coinfrs_pipelines.connectors.fireblocks import permissions as fireblocks_permissions
from coinfrs_pipelines.connectors.http import Bucket, Budget, Exchange, LocalBudget, VenueClient
from coinfrs_pipelines.connectors.private_keys import UnusableKeyError
from coinfrs_pipelines.connectors.proofs import NotReadOnly, Proof, SeenAccount
from coinfrs_pipelines.core import accounts, data_sources
from coinfrs_pipelines.core.data_sources import Credential, DataSource
from coinfrs_pipelines.core.encryption import KeyWrapper
from coinfrs_pipelines.core.settings import SettingsError, settings, venue_urls

# Somebody waits for the answer; a venue slower than this is asked again another time.
PROOF_SECONDS_MAX = 60.0
PROOF_FAILURES_MAX = 3
_TOO_MANY = 429
_SERVER_FAILURE = 500
# A key goes into a header: printable ASCII without blanks, and no longer than any venue's.
_HEADER_SAFE = re.compile(r"[\x21-\x7e]{1,512}")
NAME_CHARACTERS_MAX = 100
# The reason of a refusal that also ends what is registered already.
MAY_WRITE = "may_write"


class RegistrationRefused(Exception):  # noqa: N818 -- the name states the refusal.
    """A credential was not registered. The text says what to do next and names no secret.

    `reason` is a stable code: wrong_credential, wrong_environment, wrong_name, may_write, unclear,
    other_account, or that of the venue's error (unauthorised, throttled, …). `retry_later` says
    that the very same request may succeed later. `evidence` is what was probed and answered by
    then, as JSON.
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


def prove_read_only(venue: str, environment: str, credential: Credential) -> Proof:
    """Ask the venue itself whether the credential can do no more than read.

    Raises:
        RegistrationRefused: it may do more, it cannot sign, or an answer was unclear.

    """
    return inspect(venue, environment, credential)[0]


def inspect(
    venue: str, environment: str, credential: Credential
) -> tuple[Proof, tuple[SeenAccount, ...]]:
    """Prove a credential read-only, and then list the accounts that it shows.

    Raises:
        RegistrationRefused: as `prove_read_only`.

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
    budget = _ProbeBudget(venue, environment)
    refusal: RegistrationRefused | None = None
    try:
        with known.connect(
            credential.api_key, credential.secret, base_urls, budget, _Patience(venue).check
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
    """Prove a credential read-only, then store it sealed, with the proof.

    `conn` opens a connection as `coinfrs_registry`; it is called after the proof, so that none is
    held while the venue is asked.

    Raises:
        RegistrationRefused: it was not proven; nothing is stored.
        AlreadyRegistered: the owner has an active data source of this name or account.

    """
    name = _name(name)
    proof, seen = inspect(venue, environment, credential)
    with conn() as connection:
        registered = data_sources.register(
            connection,
            keyring,
            owner_id=owner_id,
            venue=venue,
            environment=environment,
            name=name,
            credential=credential,
            account_ref=proof.account_ref,
            account_kind=proof.account_kind,
            evidence=proof.evidence,
            history_start=history_start,
        )
        accounts.record(connection, registered, seen)
    return registered


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
    refusal: RegistrationRefused | None = None
    try:
        proof, seen = inspect(data_source.venue, data_source.environment, credential)
    except RegistrationRefused as error:
        refusal = error
    else:
        if proof.account_ref != data_source.account_ref:
            refusal = RegistrationRefused(
                data_sources.OTHER_ACCOUNT,
                "The key sees another account than the one it was registered for.",
                evidence=proof.evidence,
            )
    if refusal is not None:
        _keep_refusal(conn, keyring, data_source, credential, refusal)
        raise refusal
    with conn() as connection:
        data_sources.keep_proof(connection, data_source, proof.evidence, is_read_only=True)
        accounts.record(connection, data_source, seen)


def rekey(
    conn: Callable[[], psycopg.Connection],
    keyring: KeyWrapper,
    data_source: DataSource,
    credential: Credential,
) -> None:
    """Prove a new credential for a data source, then swap the old one for it; see `register`.

    Raises:
        RegistrationRefused: it was not proven; the old one stays.
        OtherAccount, NotRegistered: as `data_sources.rekey`.

    """
    proof, seen = inspect(data_source.venue, data_source.environment, credential)
    with conn() as connection:
        data_sources.rekey(
            connection,
            keyring,
            data_source,
            credential=credential,
            account_ref=proof.account_ref,
            evidence=proof.evidence,
        )
        accounts.record(connection, data_source, seen)


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
        try:
            if data_sources.credential(connection, keyring, data_source) != credential:
                return
        except data_sources.NotRegistered:
            return
        data_sources.keep_proof(connection, data_source, found, is_read_only=False)
        if refusal.reason == MAY_WRITE:
            data_sources.disable(connection, data_source.id, refusal.detail)
            data_sources.leave_notice(connection, data_source)


class _Patience:
    """Ends a proof that the venue slows down: whoever registers a key is told to come back."""

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self._ends = time.monotonic() + PROOF_SECONDS_MAX
        self._failures = 0

    def check(self, exchange: Exchange) -> None:
        """Take each answer of the venue, and refuse instead of waiting for another try."""
        if exchange.status == _TOO_MANY:
            raise self._refusal(Throttled, "asks for fewer requests")
        self._failures += exchange.status >= _SERVER_FAILURE
        if self._failures >= PROOF_FAILURES_MAX:
            raise self._refusal(Transient, "fails to answer")
        if time.monotonic() > self._ends:
            raise self._refusal(Transient, "answers too slowly")

    def _refusal(self, kind: type[VenueError], what: str) -> NotReadOnly:
        return NotReadOnly(
            kind.reason,
            f"{self._venue} {what}. Register the key again in some minutes.",
            venue_error=kind(self._venue, what),
        )


class _ProbeBudget:
    """What the proofs of this process spend at one venue: by address together, by account apart.

    A proof has no data source yet and may not write to the budgets that the extraction shares.
    """

    _lock = threading.Lock()
    _by_address: dict[tuple[str, str], LocalBudget] = {}  # noqa: RUF012 -- shared by all on purpose.

    def __init__(self, venue: str, environment: str) -> None:
        with self._lock:
            self._shared = self._by_address.setdefault((venue, environment), LocalBudget())
        self._own = LocalBudget()
        # The emulator's limits are scaled on both sides, or its own count would fill this one.
        self._factor = settings().limits_factor if environment == "emulator" else Decimal(1)

    def acquire(self, bucket: Bucket, weight: int, venue_now: datetime) -> float:
        """Take the weight and return 0, or nothing and return the seconds to the window's end."""
        scaled = replace(bucket, limit=int(bucket.limit * self._factor))
        return self._of(bucket).acquire(scaled, weight, venue_now)

    def report(self, bucket: Bucket, used: int, venue_now: datetime) -> None:
        """Raise what is known to be spent in the window to what the venue itself has counted."""
        self._of(bucket).report(bucket, used, venue_now)

    def _of(self, bucket: Bucket) -> LocalBudget:
        return self._own if bucket.per_account else self._shared


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
