"""Reading the private key of a credential: one unencrypted PEM, refused with a reason otherwise.

Left out: which kinds of key a venue takes, and how they sign (each venue's `auth.py`).
"""

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PEM_CHARACTERS_MAX = 16_384
RSA_BITS_MIN = 2048


class UnusableKeyError(ValueError):
    """The private key cannot sign for its venue; the message says what is wrong, never the key."""


def load(pem: str) -> PrivateKeyTypes:
    """Return the parsed private key.

    Raises:
        UnusableKeyError: it is no unencrypted PEM of a private key.

    """
    if len(pem) > PEM_CHARACTERS_MAX:
        raise UnusableKeyError("The private key is far too long for a key in PEM.")
    if "-----BEGIN CERTIFICATE" in pem:
        raise UnusableKeyError(
            "This is a certificate; register the private key that belongs to it."
        )
    if "-----BEGIN PUBLIC KEY" in pem or "-----BEGIN RSA PUBLIC KEY" in pem:
        raise UnusableKeyError(
            "This is a public key, which belongs to the venue; register the private key."
        )
    try:
        # The consistency of the key is not checked, which takes 0.3 s of 4096 bits: with a
        # wrong one the venue accepts nothing that is signed, and the key is never used otherwise.
        return load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    except TypeError:
        problem = "The private key is encrypted; register it without a passphrase."
    except Exception:  # noqa: BLE001 -- whatever the parser says may quote the key.
        problem = "The private key is not a PEM private key (-----BEGIN PRIVATE KEY-----)."
    raise UnusableKeyError(problem)
