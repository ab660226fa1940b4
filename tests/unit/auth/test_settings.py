"""What the sign-in service refuses to start with, and by which name."""

import json
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from auth_service.settings import AuthSettings, auth_settings
from auth_service.tokens import access_tokens
from coinfrs_pipelines.core.settings import SettingsError, settings

PRIVATE = ECKey.generate_key("P-256", {"kid": "k"}).as_dict(private=True)
PUBLIC = ECKey.generate_key("P-256", {"kid": "p"}).as_dict(private=False)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Set everything that is needed outside development, for a test to take away."""
    for name, value in {
        "COINFRS_ENVIRONMENT": "production",
        "COINFRS_HOME": str(tmp_path),
        "ENCRYPTION_KEY": secrets.token_hex(32),
        "SECRET_KEY": secrets.token_hex(32),
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "JWT_PRIVATE_KEY_FILE": str(tmp_path / "key.json"),
        "PUBLIC_BASE_URL": "https://books.example.com",
        "SMTP_HOST": "mail.example.com",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    return monkeypatch


def test_in_development_no_setting_is_needed(settings_environment: Mapping[str, str]) -> None:
    assert settings_environment
    found = auth_settings()
    assert found.public_base_url == found.jwt_issuer == "http://localhost:8000"
    assert found.bind_address == "127.0.0.1"
    assert (found.otp_ttl_seconds, found.otp_max_attempts, found.access_ttl_seconds) == (
        300,
        3,
        900,
    )


def test_outside_development_everything_missing_is_named_at_once(
    production: pytest.MonkeyPatch,
) -> None:
    missing = ("REDIS_URL", "JWT_PRIVATE_KEY_FILE", "PUBLIC_BASE_URL", "SMTP_HOST")
    for name in missing:
        production.delenv(name)
    with pytest.raises(SettingsError) as caught:
        auth_settings()
    for name in missing:
        assert name in str(caught.value)


@pytest.mark.usefixtures("production")
def test_outside_development_with_everything_set_it_starts() -> None:
    found = auth_settings()
    assert (found.smtp_port, found.smtp_tls) == (587, "starttls")
    assert found.smtp_from == "no-reply@books.example.com"
    assert found.own_origins == {"https://books.example.com"}


def test_outside_development_codes_never_go_to_the_console(
    production: pytest.MonkeyPatch,
) -> None:
    production.delenv("SMTP_HOST")
    with pytest.raises(SettingsError, match="SMTP_HOST") as caught:
        auth_settings()
    assert "REDIS_URL" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_TLS", "none"),
        ("GOOGLE_ISSUER", "http://127.0.0.1:4000"),
        ("CORS_ORIGINS", "http://app.example.com"),
        ("PUBLIC_BASE_URL", "http://books.example.com"),
    ],
)
def test_outside_development_nothing_goes_in_the_clear(
    production: pytest.MonkeyPatch, name: str, value: str
) -> None:
    production.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        auth_settings()


@pytest.mark.parametrize(
    "given",
    [
        {"GOOGLE_CLIENT_ID": "id"},
        {"GOOGLE_CLIENT_SECRET": "secret"},
        {"SMTP_USER": "user"},
        {"SMTP_USER": "user", "SMTP_PASSWORD": "password", "SMTP_TLS": "none"},
        {"GOOGLE_ISSUER": "http://accounts.example.com"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("settings_environment")
def test_settings_that_do_not_go_together_are_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=next(iter(given))):
        auth_settings()


@pytest.mark.parametrize("name", ["ENCRYPTION_KEY", "SECRET_KEY"])
def test_the_secrets_of_the_core_are_required_too(
    production: pytest.MonkeyPatch, name: str
) -> None:
    production.delenv(name)
    settings.cache_clear()
    with pytest.raises(SettingsError, match=name):
        auth_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "http"),
        ("BIND_ADDRESS", "localhost"),
        ("PUBLIC_BASE_URL", "https://books.example.com/app"),
        ("PUBLIC_BASE_URL", "https://user@books.example.com"),
        ("PUBLIC_BASE_URL", "books.example.org"),
        ("REDIS_URL", "http://127.0.0.1:6379"),
        ("OTP_TTL_S", "601"),
        ("OTP_MAX_ATTEMPTS", "100"),
        ("OTP_REQUESTS_PER_HOUR", "0"),
        ("OTP_FAILURES_PER_DAY", "101"),
        ("ACCESS_TTL_S", "86400"),
        ("MAX_BODY_BYTES", "1000000000"),
        ("REFRESH_TTL_S", "0"),
        ("REFRESH_GRACE_S", "3600"),
        ("GOOGLE_ISSUER", "https://accounts.google.com/other"),
        ("SMTP_PORT", "0"),
        ("SMTP_TLS", "maybe"),
        ("SMTP_FROM", "coinfrs <a@example.com>"),
        ("LEGACY_PASSWORDS", "yes"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0"),
        ("TRUSTED_PROXIES", "::/0"),
        ("TRUSTED_PROXIES", "proxy.example.com"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://app.example.com/path"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(
    settings_environment: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
) -> None:
    assert settings_environment
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        auth_settings()
    assert name in str(caught.value)
    if len(value) > 4:
        assert value not in str(caught.value)


def test_the_development_key_is_made_once_and_is_its_owners_alone(
    settings_environment: Mapping[str, str], tmp_path: Path
) -> None:
    first = access_tokens(auth_settings(), settings()).public_keys()
    again = access_tokens(auth_settings(), settings()).public_keys()
    assert first == again
    file = Path(settings_environment["COINFRS_HOME"]) / "development-jwt.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert tmp_path in file.parents


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True)),
        json.dumps(ECKey.generate_key("P-256", {"kid": "k"}).as_dict(private=False)),
        json.dumps(ECKey.generate_key("P-384", {"kid": "k"}).as_dict(private=True)),
        json.dumps(OctKey.generate_key(256, {"kid": "k"}).as_dict(private=True)),
        json.dumps(RSAKey.generate_key(2048, {"kid": "k"}).as_dict(private=True)),
        json.dumps({"keys": []}),
        json.dumps({"keys": [PUBLIC, PRIVATE]}),
        json.dumps({"keys": [PRIVATE, PRIVATE]}),
    ],
    ids=[
        *("empty", "no key", "a list", "no kid", "public", "P-384", "symmetric", "RSA"),
        *("an empty set", "a set that begins with a public key", "a set with one kid twice"),
    ],
)
def test_a_signing_key_of_another_kind_is_refused(
    settings_environment: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: str,
) -> None:
    assert settings_environment
    file = tmp_path / "key.json"
    file.write_text(content)
    monkeypatch.setenv("JWT_PRIVATE_KEY_FILE", str(file))
    with pytest.raises(SettingsError, match="JWT_PRIVATE_KEY_FILE"):
        access_tokens(auth_settings(), settings())


@pytest.mark.usefixtures("settings_environment")
def test_a_signing_key_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY_FILE", str(tmp_path / "none.json"))
    with pytest.raises(SettingsError, match="JWT_PRIVATE_KEY_FILE"):
        access_tokens(auth_settings(), settings())


@pytest.mark.usefixtures("settings_environment")
def test_a_redis_password_is_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:hidden-password@127.0.0.1:6379/0")
    assert "hidden-password" not in repr(AuthSettings())
