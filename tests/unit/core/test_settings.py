"""Settings are refused early, by the name of their variable and without their value."""

import stat
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from coinfrs_pipelines.core.settings import (
    SettingsError,
    derive_secret,
    libpq_variables,
    settings,
    venue_url,
)

RANDOM_KEY = "8f2d1c0b7a69584736251403f2e1d0cfbead9c8b7a6f5e4d3c2b1a0918273645"
OTHER_KEY = "1b3d5f7092b4d6f81a3c5e7093b5d7f91c3e5a7c9eb0d2f41638517395b7d9f0"


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("COINFRS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENCRYPTION_KEY", RANDOM_KEY)
    monkeypatch.setenv("SECRET_KEY", OTHER_KEY)
    return monkeypatch


def test_production_is_the_default_and_accepts_random_secrets(
    production: pytest.MonkeyPatch,
) -> None:
    del production
    settings().require_secrets()
    assert settings().environment == "production"
    assert settings().key_encryption_keys() == (bytes.fromhex(RANDOM_KEY),)
    assert settings().limits_factor == Decimal(1)


@pytest.mark.parametrize("name", ["ENCRYPTION_KEY", "SECRET_KEY"])
def test_a_missing_secret_is_refused_by_name_outside_development(
    production: pytest.MonkeyPatch, name: str
) -> None:
    production.delenv(name)
    with pytest.raises(SettingsError, match=rf"{name} is not set; make one with"):
        settings().require_secrets()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENCRYPTION_KEY", "00" * 32),
        ("ENCRYPTION_KEY", "0123456789abcdef" * 4),
        ("SECRET_KEY", "a-development-key-that-is-long-enough-0123456789"),
        ("SECRET_KEY", "abcabcabcabcabcabcabcabcabcabcabcabcabc"),
    ],
)
def test_a_development_secret_is_refused_outside_development(
    production: pytest.MonkeyPatch, name: str, value: str
) -> None:
    production.setenv(name, value)
    with pytest.raises(SettingsError, match=rf"{name} .*not random") as refused:
        settings().require_secrets()
    assert value not in str(refused.value)
    settings.cache_clear()
    production.setenv("COINFRS_ENVIRONMENT", "development")
    settings().require_secrets()


def test_the_generated_development_secrets_are_refused_in_production(
    production: pytest.MonkeyPatch,
) -> None:
    """Copying development.env into a production environment must not work."""
    for name in ("ENCRYPTION_KEY", "SECRET_KEY"):
        production.delenv(name)
    production.setenv("COINFRS_ENVIRONMENT", "development")
    settings().require_secrets()
    generated = (settings().home / "development.env").read_text().splitlines()
    settings.cache_clear()
    production.setenv("COINFRS_ENVIRONMENT", "production")
    production.setenv("SECRET_KEY", OTHER_KEY)
    for line in generated:
        production.setenv(*line.split("=", 1))
    with pytest.raises(SettingsError, match=r"ENCRYPTION_KEY is the one of .*development\.env"):
        settings().require_secrets()


def test_development_generates_its_secrets_once_and_for_its_user_only(
    production: pytest.MonkeyPatch,
) -> None:
    for name in ("ENCRYPTION_KEY", "SECRET_KEY"):
        production.delenv(name)
    production.setenv("COINFRS_ENVIRONMENT", "development")
    first = settings().key_encryption_keys()
    derived = derive_secret("one purpose")
    settings.cache_clear()
    assert settings().key_encryption_keys() == first
    assert derive_secret("one purpose") == derived
    assert stat.S_IMODE((settings().home / "development.env").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("COINFRS_ENVIRONMENT", "staging", "'production' or 'development'"),
        ("COINFRS_LIMITS_FACTOR", "0.5", "greater than or equal to 1"),
        ("ENCRYPTION_KEY", "q" * 64, "64 hexadecimal characters"),
        ("ENCRYPTION_KEY", RANDOM_KEY[:-2], "64 hexadecimal characters"),
        ("ENCRYPTION_KEYS", f"{RANDOM_KEY},old:{RANDOM_KEY}", "the same key twice"),
        ("SECRET_KEY", "tooshort", "at least 32 characters"),
        ("COINFRS_BINANCE_SPOT_URL", "https://api.binance.com", "on this machine"),
        ("COINFRS_BINANCE_SPOT_URL", "http://127.0.0.1.example.com:80", "on this machine"),
        ("COINFRS_FIREBLOCKS_URL", "http://user@127.0.0.1:8810", "on this machine"),
        ("COINFRS_FIREBLOCKS_URL", "http://127.0.0.1:8810/v1", "on this machine"),
        ("COINFRS_FIREBLOCKS_URL", "ftp://127.0.0.1", "on this machine"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name_and_not_repeated(
    production: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    production.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        settings()
    assert name in str(refused.value)
    assert complaint in str(refused.value)
    assert value not in str(refused.value)


def test_a_keyring_is_read_newest_first_whatever_its_names(production: pytest.MonkeyPatch) -> None:
    production.delenv("ENCRYPTION_KEY")
    production.setenv("ENCRYPTION_KEYS", f"new:{OTHER_KEY}, old:{RANDOM_KEY}")
    assert [key.hex() for key in settings().key_encryption_keys()] == [OTHER_KEY, RANDOM_KEY]


def test_two_ways_to_name_the_keys_are_refused(production: pytest.MonkeyPatch) -> None:
    production.setenv("ENCRYPTION_KEYS", OTHER_KEY)
    with pytest.raises(SettingsError, match="not both"):
        settings().require_secrets()


def test_no_secret_shows_in_a_repr(production: pytest.MonkeyPatch) -> None:
    del production
    assert RANDOM_KEY not in repr(settings())
    assert OTHER_KEY not in f"{settings()} {settings().model_dump_json()}"


def test_every_purpose_has_a_secret_of_its_own(settings_environment: Mapping[str, str]) -> None:
    del settings_environment
    assert derive_secret("tokens") == derive_secret("tokens")
    assert derive_secret("tokens") != derive_secret("codes")
    assert len(derive_secret("tokens", 64)) == 64


def test_a_venue_url_is_one_of_the_exact_hosts() -> None:
    assert venue_url("binance", "production") == "https://api.binance.com"
    assert venue_url("binance", "production", "um") == "https://fapi.binance.com"
    assert venue_url("fireblocks", "eu2") == "https://eu2-api.fireblocks.io"
    for venue, environment in (("binance", "eu"), ("kraken", "production"), ("fireblocks", "")):
        with pytest.raises(SettingsError, match="no environment called"):
            venue_url(venue, environment)


def test_the_emulator_is_a_venue_environment_of_development_only(
    monkeypatch: pytest.MonkeyPatch, settings_environment: Mapping[str, str]
) -> None:
    del settings_environment
    with pytest.raises(SettingsError, match="COINFRS_BINANCE_SPOT_URL is not set"):
        venue_url("binance", "emulator")
    settings.cache_clear()
    monkeypatch.setenv("COINFRS_BINANCE_SPOT_URL", "http://127.0.0.1:8810/")
    assert venue_url("binance", "emulator") == "http://127.0.0.1:8810"
    settings.cache_clear()
    monkeypatch.setenv("COINFRS_ENVIRONMENT", "production")
    with pytest.raises(SettingsError, match="needs COINFRS_ENVIRONMENT=development"):
        venue_url("binance", "emulator")


def test_some_of_the_libpq_variables_are_refused_naming_the_missing_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert libpq_variables() is None
    monkeypatch.setenv("PGHOST", "db.internal")
    monkeypatch.setenv("PGUSER", "coinfrs")
    monkeypatch.setenv("PGPASSWORD", "")
    with pytest.raises(
        SettingsError, match="PGHOST, PGUSER set but not PGPORT, PGPASSWORD, PGDATABASE"
    ):
        libpq_variables()
