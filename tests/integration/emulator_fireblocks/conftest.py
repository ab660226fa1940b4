"""A held emulator over HTTP, and a client that signs as Fireblocks documents it.

The client is the tests' own, on another library than the emulator verifies with: it imports nothing
of the connectors, whose tokens it would otherwise prove by themselves.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from coinfrs_pipelines.emulator.app import Running
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.world import World
from tests.venues import serving

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 9
# A factor of all limits that no test gets to feel.
AMPLE = "1000"
EMPTY_BODY_HASH = hashlib.sha256(b"").hexdigest()


def rs256(claims: Mapping[str, Any], key: rsa.RSAPrivateKey) -> str:
    """Return a token; nothing is checked."""
    header = {"alg": "RS256", "typ": "JWT"}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims)]
    payload = b".".join(part.rstrip(b"=") for part in parts)
    signature = key.sign(payload, padding.PKCS1v15(), hashes.SHA256())
    return f"{payload.decode()}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


class Workspace:
    """A world of a running emulator, seen by one of its Fireblocks API users."""

    def __init__(self, running: Running, world: World) -> None:
        self.emulation = running.emulation
        self.world = world
        self.http = httpx.Client(base_url=running.url)
        self.use(world.fireblocks.credentials()[0])

    @property
    def seconds(self) -> int:
        return int(self.emulation.clock.now().timestamp())

    def use(self, credential: Mapping[str, str]) -> None:
        """Go on as another API user."""
        self.api_key = credential["api_key"]
        key = serialization.load_pem_private_key(credential["private_key_pem"].encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key = key

    def claims(self, target: str, **given: Any) -> dict[str, Any]:
        """Return the claims of a token for the target; `given` replaces, None drops."""
        usual = {
            "uri": target,
            "nonce": str(uuid.uuid4()),
            "iat": self.seconds,
            "exp": self.seconds + 55,
            "sub": self.api_key,
            "bodyHash": EMPTY_BODY_HASH,
        }
        return {name: value for name, value in {**usual, **given}.items() if value is not None}

    def sign(self, claims: Mapping[str, Any], key: rsa.RSAPrivateKey | None = None) -> str:
        """Return a token with these claims, by the user's key or another."""
        return rs256(claims, key or self.key)

    def send(self, target: str, token: str | None = None, /, **claims: Any) -> httpx.Response:
        """Send a GET with a token of its own, or with the one that is given."""
        token = token or self.sign(self.claims(target, **claims))
        headers = {"X-API-Key": self.api_key, "Authorization": f"Bearer {token}"}
        return self.http.get(target, headers=headers)

    def get_target(self, target: str) -> int:
        """Return the status of a GET."""
        return self.send(target).status_code

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Send a GET with a query."""
        return self.send(f"{path}?{urlencode(query)}" if query else path)

    def read(self, path: str, **query: Any) -> Any:
        """Return the body of an answer that must succeed, its numbers as Decimal."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text, parse_float=Decimal)

    def refusal(self, target: str, token: str | None = None, /, **claims: Any) -> tuple[int, int]:
        """Return the status and the code of an answer that must refuse."""
        answer = self.send(target, token, **claims)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json().get("code")

    def transactions(self, **query: Any) -> list[dict[str, Any]]:
        """Return all transactions since the start, page by page."""
        query = {"after": "0", "limit": "500", **query}
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = query if not cursor else {"next": cursor, "limit": query["limit"]}
            answer = self.get("/v1/transactions", **page)
            assert answer.status_code == 200, answer.text
            rows += json.loads(answer.text, parse_float=Decimal)
            url = answer.headers.get("next-page")
            if not url:
                return rows
            cursor = parse_qs(urlsplit(url).query)["next"][0]

    def wallets(self, **query: Any) -> dict[tuple[str, str], dict[str, Any]]:
        """Return all asset wallets by vault account and asset."""
        page = self.read("/v1/vault/asset_wallets", limit="1000", **query)
        return {(row["vaultId"], row["assetId"]): row for row in page["assetWallets"]}

    def fault(self, **fault: Any) -> None:
        """Inject a fault through the admin API."""
        url = f"/emulator/worlds/{self.world.name}/faults"
        assert self.http.post(url, json=fault).status_code == 201


OpenWorkspace = Callable[..., Workspace]


@pytest.fixture(scope="session")
def end_of_the_world() -> Iterator[Running]:
    """Return an emulator that is held after the last day; worlds are added to it."""
    with serving(_emulation(None, AMPLE)) as running:
        yield running


@pytest.fixture
def open_workspace(end_of_the_world: Running) -> Iterator[OpenWorkspace]:
    """Return a function that opens a workspace, with its own clock where an instant is given."""
    with ExitStack() as opened:

        def open_at(
            at: datetime | None = None, *, seed: int = 7, limits_factor: str = AMPLE, **options: Any
        ) -> Workspace:
            running = end_of_the_world
            if at is not None or limits_factor != AMPLE:
                running = opened.enter_context(serving(_emulation(at, limits_factor)))
            world = running.emulation.add_world(seed, START, DAYS, {"fireblocks": options})
            workspace = Workspace(running, world)
            opened.callback(workspace.http.close)
            return workspace

        yield open_at


@pytest.fixture
def workspace(open_workspace: OpenWorkspace) -> Workspace:
    """Return a new workspace, five minutes or more after its last day."""
    return open_workspace()


def _emulation(at: datetime | None, limits_factor: str) -> Emulation:
    clock = VenueClock(at or START + timedelta(days=DAYS, minutes=5), held=True)
    return Emulation(clock, limits_factor=Decimal(limits_factor))
