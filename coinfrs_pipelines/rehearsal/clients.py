"""The clients of a rehearsal: each world's keys, registered as its own, every one proven first."""

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from uuid import UUID

from coinfrs_pipelines import registration
from coinfrs_pipelines.core import database
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.rehearsal.venues import World

# Proofs wait for the venue, not for us.
REGISTERED_AT_ONCE = 8


def register(
    keys: Iterable[tuple[World, Collection[dict[str, str]]]],
    *,
    history_start: date | None = None,
) -> None:
    """Register credentials of some worlds."""
    keyring = Keyring.from_settings()
    wanted = [
        (world, _owner(f"{world.name}@example.com"), credential)
        for world, credentials in keys
        for credential in credentials
    ]

    def register_one(entry: tuple[World, UUID, dict[str, str]]) -> None:
        world, owner_id, credential = entry
        secret = "private_key_pem" if "private_key_pem" in credential else "api_secret"
        registration.register(
            lambda: database.connect("coinfrs_registry"),
            keyring,
            owner_id=owner_id,
            venue=credential["venue"],
            environment="emulator",
            name=f"{world.name} {credential['name']}",
            credential=registration.credential_of(
                credential["venue"],
                {"api_key": credential["api_key"], secret: credential[secret]},
            ),
            history_start=history_start,
        )

    with ThreadPoolExecutor(REGISTERED_AT_ONCE) as threads:
        list(threads.map(register_one, wanted))


def _owner(email: str) -> UUID:
    with closing(database.connect("coinfrs_auth", autocommit=True)) as connection:
        row = connection.execute(
            "insert into auth.users (email) values (%s) "
            "on conflict (email) do update set email = excluded.email returning id",
            [email],
        ).fetchone()
        return UUID(str(row[0] if row else None))
