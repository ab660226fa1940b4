"""The API users of a workspace: their roles, what each role may read, and their RSA keys.

The venue keeps the certificate request and the user the key; here the world hands the private key
out in its credentials, and the faces use the public one only.
"""

from dataclasses import dataclass, field
from functools import cached_property

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import RSAKey

# The smallest that a careful client accepts. The venue's instructions say 4096, which takes long to
# make and shows nothing more.
_KEY_BITS = 2048

ROLES = frozenset(
    {
        "OWNER",
        "ADMIN",
        "SIGNER",
        "COLLATERALS_SIGNER",
        "EDITOR",
        "APPROVER",
        "VIEWER",
        "NON_SIGNING_ADMIN",
        "AUDITOR",
        "NCW_ADMIN",
        "NCW_SIGNER",
        "SECURITY_ADMIN",
        "SECURITY_AUDITOR",
    }
)
# "Endpoint Permission" of the official specification, with the owner as the strongest admin.
ADMINS = frozenset({"OWNER", "ADMIN", "NON_SIGNING_ADMIN"})
EDITORS = ADMINS | {"SIGNER", "APPROVER", "EDITOR"}
VIEWERS = EDITORS | {"VIEWER"}


@dataclass(frozen=True)
class ApiUser:
    """One API user; its private key is made when it is first needed, and never part of a repr.

    `given_pem` is the key of a user that is known from before.
    """

    api_key: str
    name: str
    role: str
    given_pem: str | None = field(default=None, repr=False)

    @cached_property
    def private_key(self) -> rsa.RSAPrivateKey:
        """What the user signs with.

        Raises:
            ValueError: the given one is not the PEM of an RSA key.

        """
        if self.given_pem is not None:
            given = serialization.load_pem_private_key(self.given_pem.encode(), password=None)
            if not isinstance(given, rsa.RSAPrivateKey):
                raise ValueError("An API user signs with an RSA key.")
            return given
        return rsa.generate_private_key(65537, _KEY_BITS)

    @cached_property
    def private_key_pem(self) -> str:
        """The key as PKCS#8 PEM, the form that the venue's instructions produce."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @cached_property
    def public_key(self) -> RSAKey:
        """What the venue verifies signatures with."""
        pem = self.private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return RSAKey.import_key(pem)
