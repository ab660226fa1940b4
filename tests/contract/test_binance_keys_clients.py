"""Keys of all three kinds: the official client and ours sign alike, the emulator verifies both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError
from binance_common.signature import Signers
from binance_common.utils import get_signature
from binance_sdk_spot.spot import Spot
from binance_sdk_wallet.wallet import Wallet
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from coinfrs_pipelines.connectors.binance.auth import connect, signer
from coinfrs_pipelines.connectors.binance.permissions import prove_read_only
from coinfrs_pipelines.connectors.http import LocalBudget

if TYPE_CHECKING:
    from tests.contract.conftest import Binance, Clients

KINDS = ("hmac", "ed25519", "rsa")
PAYLOAD = f"symbol={quote('币安人生USDT')}&email=a%2Bb%40c.d&timestamp=1767657600123"


@pytest.fixture(params=KINDS)
def credential(binance: Binance, request: pytest.FixtureRequest) -> dict[str, str]:
    """Return a key of each kind, made by the emulated venue."""
    uid = binance.credentials[0]["account_ref"]
    made: dict[str, str] = binance.world.add_key({"account_ref": uid, "kind": request.param})
    return made


def pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_the_official_client_passes_the_gate_with_every_kind_of_key(
    binance: Binance,
    credential: Mapping[str, str],
    open_clients: Callable[[str, Mapping[str, str]], Clients],
) -> None:
    clients = open_clients(binance.url, credential)
    clients.of(Spot).get_account()
    assert str(clients.wire["uid"]) == credential["account_ref"]
    clients.of(Wallet).get_api_key_permission()
    assert clients.wire["enableReading"] is True
    # Parameters that have to be percent-encoded before they are signed.
    assert clients.of(Spot).my_trades("币安人生USDT").data() == []


def test_our_client_is_proven_read_only_with_every_kind_of_key(
    binance: Binance, credential: Mapping[str, str]
) -> None:
    secret = credential.get("api_secret") or credential["private_key_pem"]
    with connect(credential["api_key"], secret, {"": binance.url}, LocalBudget()) as client:
        assert prove_read_only(client).account_ref == credential["account_ref"]


def test_another_private_key_is_refused_by_the_venue(
    binance: Binance, open_clients: Callable[[str, Mapping[str, str]], Clients]
) -> None:
    uid = binance.credentials[0]["account_ref"]
    forged = {
        "ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
        "rsa": pem(rsa.generate_private_key(65537, 2048)),
    }
    for kind, private_key_pem in forged.items():
        key = binance.world.add_key({"account_ref": uid, "kind": kind})
        forger = open_clients(binance.url, {**key, "private_key_pem": private_key_pem})
        with pytest.raises(BadRequestError, match="Signature"):
            forger.of(Spot).get_account()


@pytest.mark.parametrize(
    "private_key",
    [
        pytest.param(ed25519.Ed25519PrivateKey.generate(), id="ed25519"),
        pytest.param(rsa.generate_private_key(65537, 2048), id="rsa"),
    ],
)
def test_the_official_client_makes_the_same_signature(
    private_key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey,
) -> None:
    """Ed25519 and RSASSA-PKCS1-v1_5 are deterministic, so that both can be compared whole."""
    configuration = ConfigurationRestAPI(api_key="k", private_key=pem(private_key))
    official = get_signature(configuration, PAYLOAD, Signers.get_signer(pem(private_key)))
    assert signer(pem(private_key))(PAYLOAD) == quote(official, safe="")


def test_the_official_client_makes_the_same_hmac() -> None:
    configuration = ConfigurationRestAPI(api_key="k", api_secret="s" * 64)
    assert signer("s" * 64)(PAYLOAD) == get_signature(configuration, PAYLOAD)
