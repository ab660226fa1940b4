"""`coinfrs keys rotate`: what it says, and that a damaged row makes it fail without stopping it."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core.database import connect
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.core.settings import settings
from tests.integration.cli.conftest import Coinfrs


@pytest.fixture
def registered(coinfrs: Coinfrs, credential_file: Callable[[str], Path]) -> None:
    for name in ("treasury", "arbitrage"):
        done = coinfrs(
            *("sources", "add", "--venue", "binance", "--environment", "emulator"),
            *("--name", name, "--credential-file", credential_file(name)),
        )
        assert done.exit_code == 0, done.output


@pytest.fixture
def new_key(registered: None, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a new key before the one that the credentials were sealed with."""
    del registered
    [old] = settings().key_encryption_keys()
    new = secrets.token_hex(32)
    monkeypatch.delenv("ENCRYPTION_KEY")
    monkeypatch.setenv("ENCRYPTION_KEYS", f"new:{new},old:{old.hex()}")
    settings.cache_clear()
    return new


def test_a_rotation_leaves_everything_on_the_new_key(coinfrs: Coinfrs, new_key: str) -> None:
    done = coinfrs("keys", "rotate")
    assert done.exit_code == 0, done.output
    assert "4 secrets were wrapped anew, 0 had been, 0 do not open" in " ".join(done.output.split())
    assert new_key not in done.output
    alone = Keyring((bytes.fromhex(new_key),))
    with connect("coinfrs_registry") as connection:
        for source in data_sources.active(connection):
            assert data_sources.credential(connection, alone, source)
    again = json.loads(coinfrs("keys", "rotate", "--json").output)
    assert (again["rewrapped"], again["up_to_date"], again["unopened"]) == (0, 4, [])
    assert again["newest_key_id"] == alone.newest_key_id


@pytest.mark.usefixtures("new_key")
def test_what_does_not_open_is_named_and_the_others_are_rotated(coinfrs: Coinfrs) -> None:
    with connect("LOGIN") as connection:
        connection.execute(
            "update registry.credentials set secret_sealed = api_key_sealed where data_source_id ="
            " (select id from registry.data_sources where name = 'treasury')"
        )
    done = coinfrs("keys", "rotate", "--json")
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert told["rewrapped"] == 3
    [unopened] = told["unopened"]
    assert (unopened["data_source"], unopened["column"]) == ("treasury", "secret_sealed")
    assert "register the credential again" in unopened["why"]
