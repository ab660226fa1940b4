"""Sealing secrets: one random data key per secret, wrapped by a key-encryption key.

A sealed secret opens only at the place it was sealed for: table, column, row and owner are part of
what is authenticated, on the secret and on its wrapped data key. Left out: where keys come from
(`settings`), where envelopes are stored (`data_sources`), and a key service, which would be another
`KeyWrapper` (docs/keys.md says how to add one).

Envelope, version 1 (lengths in bytes):

    version 1 | length of key id 1 | key id | length of wrapped key 2 | wrapped key
    | nonce 12 | ciphertext, then its tag 16

where the wrapped key of the local keyring is: nonce 12 | encrypted data key 32, then its tag 16.
Both encryptions are AES-256-GCM. A data key encrypts one message, and a key-encryption key as many
as there are sealings: random 96-bit nonces are sound up to 2**32 of them (NIST SP 800-38D, 8.3).
"""

import hashlib
import os
from dataclasses import dataclass
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coinfrs_pipelines.core.settings import Settings, settings

VERSION = 1
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class EncryptionError(Exception):
    """A sealed secret cannot be opened."""


class UnknownKey(EncryptionError):  # noqa: N818 -- the vocabulary of the design has no suffixes.
    """The key that a secret was sealed with is not in the keyring."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"Sealed with the key {key_id}, which is not configured: add it at the end of "
            "ENCRYPTION_KEYS, or register the credential again."
        )
        self.key_id = key_id


class NotAuthentic(EncryptionError):  # noqa: N818 -- as above.
    """The envelope was changed, or belongs to another place."""

    def __init__(self) -> None:
        super().__init__(
            "The sealed secret was changed, or belongs to another row, column or owner: "
            "register the credential again and find out who wrote it."
        )


@dataclass(frozen=True)
class Place:
    """Where a sealed secret is stored, and whose it is."""

    table: str
    column: str
    row: str
    owner: str

    def associated_data(self) -> bytes:
        """Return the version and the four parts, each after its length: no two places collide."""
        return bytes([VERSION]) + b"".join(
            _with_length(part.encode(), 4)
            for part in (self.table, self.column, self.row, self.owner)
        )


class KeyWrapper(Protocol):
    """Who encrypts data keys; to the place in `associated_data` it adds the key id.

    Each implementation passes `KeyWrapperContract` of tests/contract. Ids are ASCII of at most 255
    characters, wrapped keys have at most 65,535 bytes, and both may be called from any thread.
    """

    @property
    def newest_key_id(self) -> str:
        """The id of the key that `wrap` uses."""
        ...

    def wrap(self, data_key: bytes, associated_data: bytes) -> bytes:
        """Encrypt a data key with the newest key."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, associated_data: bytes) -> bytes:
        """Decrypt a data key.

        Raises:
            UnknownKey: no key has this id.
            NotAuthentic: the wrapped key was changed, or belongs to another place.

        """
        ...


class Keyring:
    """Key-encryption keys in this process's memory, newest first."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        """Take 32-byte keys, newest first; the others only open what they once sealed."""
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise ValueError("a keyring needs at least one key, each of 32 bytes")
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self.newest_key_id = _key_id(keys[0])

    @classmethod
    def from_settings(cls, configuration: Settings | None = None) -> Self:
        """Make the keyring of ENCRYPTION_KEY or ENCRYPTION_KEYS.

        Raises:
            SettingsError: neither is set, or it is refused.

        """
        return cls((configuration or settings()).key_encryption_keys())

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def wrap(self, data_key: bytes, associated_data: bytes) -> bytes:
        """Encrypt a data key with the newest key."""
        nonce = os.urandom(NONCE_BYTES)
        bound = associated_data + _with_length(self.newest_key_id.encode(), 4)
        return nonce + self._keys[self.newest_key_id].encrypt(nonce, data_key, bound)

    def unwrap(self, key_id: str, wrapped: bytes, associated_data: bytes) -> bytes:
        """Decrypt a data key; see `KeyWrapper.unwrap` for what it raises."""
        if key_id not in self._keys:
            raise UnknownKey(key_id)
        bound = associated_data + _with_length(key_id.encode(), 4)
        return _decrypt(self._keys[key_id], wrapped, bound)


def seal(keyring: KeyWrapper, plaintext: bytes, place: Place) -> bytes:
    """Encrypt a secret for one place and return the envelope to store there."""
    data_key = AESGCM.generate_key(KEY_BYTES * 8)
    associated_data = place.associated_data()
    nonce = os.urandom(NONCE_BYTES)
    message = nonce + AESGCM(data_key).encrypt(nonce, plaintext, associated_data)
    return _envelope(keyring, data_key, associated_data, message)


def unseal(keyring: KeyWrapper, envelope: bytes, place: Place) -> bytes:
    """Decrypt the envelope found at a place.

    Raises:
        UnknownKey: its key is not in the keyring.
        NotAuthentic: it was changed, or was sealed for another place.

    """
    key_id, wrapped, message = _parse(envelope)
    associated_data = place.associated_data()
    data_key = keyring.unwrap(key_id, wrapped, associated_data)
    return _decrypt(AESGCM(data_key), message, associated_data)


def rewrap(keyring: KeyWrapper, envelope: bytes, place: Place) -> bytes:
    """Return the envelope with its data key wrapped by the newest key; the message stays as it is.

    The message is opened first, so that a damaged one is told and not carried on.

    Raises:
        UnknownKey, NotAuthentic: as `unseal`.

    """
    key_id, wrapped, message = _parse(envelope)
    associated_data = place.associated_data()
    data_key = keyring.unwrap(key_id, wrapped, associated_data)
    _decrypt(AESGCM(data_key), message, associated_data)
    return _envelope(keyring, data_key, associated_data, message)


def needs_rewrapping(keyring: KeyWrapper, envelope: bytes) -> bool:
    """Whether the data key of an envelope is wrapped by another key than the newest.

    Raises:
        NotAuthentic: it is no envelope.

    """
    return _parse(envelope)[0] != keyring.newest_key_id


def _key_id(key: bytes) -> str:
    """Name a key by 64 bits of a hash of it, so that no name can be given to the wrong key."""
    return hashlib.sha256(b"coinfrs key id\x00" + key).hexdigest()[:16]


def _with_length(part: bytes, length_bytes: int) -> bytes:
    return len(part).to_bytes(length_bytes, "big") + part


def _envelope(
    keyring: KeyWrapper, data_key: bytes, associated_data: bytes, message: bytes
) -> bytes:
    return b"".join(
        (
            bytes([VERSION]),
            _with_length(keyring.newest_key_id.encode("ascii"), 1),
            _with_length(keyring.wrap(data_key, associated_data), 2),
            message,
        )
    )


def _parse(envelope: bytes) -> tuple[str, bytes, bytes]:
    """Split an envelope into key id, wrapped key and message (nonce and ciphertext)."""
    rest = bytes(envelope)
    if rest[:1] != bytes([VERSION]):
        raise NotAuthentic
    key_id, rest = _take(rest[1:], 1)
    wrapped, rest = _take(rest, 2)
    try:
        return key_id.decode("ascii"), wrapped, rest
    except UnicodeDecodeError:
        raise NotAuthentic from None


def _take(rest: bytes, length_bytes: int) -> tuple[bytes, bytes]:
    end = length_bytes + int.from_bytes(rest[:length_bytes], "big")
    if len(rest) < max(end, length_bytes):
        raise NotAuthentic
    return rest[length_bytes:end], rest[end:]


def _decrypt(cipher: AESGCM, message: bytes, associated_data: bytes) -> bytes:
    if len(message) < NONCE_BYTES + TAG_BYTES:
        raise NotAuthentic
    try:
        return cipher.decrypt(message[:NONCE_BYTES], message[NONCE_BYTES:], associated_data)
    except InvalidTag:
        raise NotAuthentic from None
