"""Every setting of the pipelines, read from the environment, refused early and by name.

The variables are listed in `.env.example`. A wrong value is refused by the first `settings()`;
missing secrets by `settings().require_secrets()`, which an entry point that opens credentials calls
at its start. Left out: what only the sign-in service needs (`auth_service/settings.py`), and any
file but `development.env`, which is made once so that a first use in development needs no step.

Losing ENCRYPTION_KEY means that every credential has to be registered again; losing SECRET_KEY
means that everybody has to sign in again.
"""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from coinfrs_pipelines.core import redaction

LIBPQ_VARIABLES = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
MAKE_A_KEY = 'make one with: python -c "import secrets; print(secrets.token_hex(32))"'

# The exact hosts that a request may go to, by venue and API ('' is the venue's main one).
# Files that the venue makes lie on a host of their own, which is asked without a signature.
# Sources: the base URLs in the venues' documentation; Fireblocks has one host per region of the
# workspace. Paths such as /v1 belong to the streams.
VENUE_URLS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("binance", ""): {"production": "https://api.binance.com"},
    ("binance", "um"): {"production": "https://fapi.binance.com"},
    ("binance", "cm"): {"production": "https://dapi.binance.com"},
    ("binance", "options"): {"production": "https://eapi.binance.com"},
    ("binance", "pm"): {"production": "https://papi.binance.com"},
    ("binance", "downloads"): {"production": "https://www.binance.com"},
    ("fireblocks", ""): {
        "production": "https://api.fireblocks.io",
        "eu": "https://eu-api.fireblocks.io",
        "eu2": "https://eu2-api.fireblocks.io",
        "sandbox": "https://sandbox-api.fireblocks.io",
    },
}
EMULATOR_URLS: Mapping[tuple[str, str], str] = {
    ("binance", ""): "binance_spot_url",
    ("binance", "um"): "binance_um_url",
    ("binance", "cm"): "binance_cm_url",
    ("binance", "options"): "binance_options_url",
    ("binance", "pm"): "binance_pm_url",
    ("binance", "downloads"): "binance_downloads_url",
    ("fireblocks", ""): "fireblocks_url",
}

_KEY_BYTES = 32
_SECRET_KEY_LENGTH_MIN = 32
# 32 random bytes hold about 30 distinct ones; fewer than 16 do not come about by chance.
_DISTINCT_BYTES_MIN = 16
_DISTINCT_CHARACTERS_MIN = 9
_DEVELOPMENT_WORDS = ("change", "development", "example", "insecure", "password", "secret")


class SettingsError(Exception):
    """A setting is missing or wrong. The message names the variable and the way out, no value."""


def default_home() -> Path:
    """Return `.coinfrs` beside the pyproject.toml of the working tree, else under the cwd."""
    tree = Path(__file__).resolve().parents[2]
    return (tree if (tree / "pyproject.toml").is_file() else Path.cwd()) / ".coinfrs"


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 -- resolve() would follow links.


def _loopback_url(url: str) -> str:
    """Accept only a bare origin on this machine; the emulator is nowhere else."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not is_loopback or not is_bare:
        raise ValueError(
            "must be the emulator's origin on this machine, like http://127.0.0.1:8810"
        )
    return url.rstrip("/")


def _key_bytes(text: str) -> bytes:
    """Decode one key: 64 hexadecimal characters, after an optional `name:` that means nothing."""
    try:
        key = bytes.fromhex(text.rpartition(":")[2].strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"every key must be 64 hexadecimal characters; {MAKE_A_KEY}")
    return key


def _key_list(value: SecretStr) -> SecretStr:
    keys = [_key_bytes(text) for text in value.get_secret_value().split(",")]
    if len(set(keys)) != len(keys):
        raise ValueError("names the same key twice")
    return value


def _long_enough(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < _SECRET_KEY_LENGTH_MIN:
        raise ValueError(f"must have at least {_SECRET_KEY_LENGTH_MIN} characters; {MAKE_A_KEY}")
    return value


EmulatorUrl = Annotated[str, AfterValidator(_loopback_url)]
KeyList = Annotated[SecretStr, AfterValidator(_key_list)]


class Settings(BaseSettings):
    """The settings of one process; the aliases are the names of the environment variables."""

    model_config = SettingsConfigDict(
        frozen=True, hide_input_in_errors=True, env_ignore_empty=True, case_sensitive=True
    )

    environment: Literal["production", "development"] = Field(
        default="production", alias="COINFRS_ENVIRONMENT"
    )
    home: Annotated[Path, AfterValidator(_absolute)] = Field(
        default_factory=default_home, alias="COINFRS_HOME"
    )
    limits_factor: Decimal = Field(default=Decimal(1), ge=1, alias="COINFRS_LIMITS_FACTOR")
    spot_sweep: Literal["daily", "weekly"] = Field(default="daily", alias="COINFRS_SPOT_SWEEP")
    sources_at_once: int = Field(default=8, ge=1, alias="COINFRS_SOURCES_AT_ONCE")
    encryption_key: KeyList | None = Field(default=None, alias="ENCRYPTION_KEY")
    encryption_keys: KeyList | None = Field(default=None, alias="ENCRYPTION_KEYS")
    secret_key: Annotated[SecretStr, AfterValidator(_long_enough)] | None = Field(
        default=None, alias="SECRET_KEY"
    )
    binance_spot_url: EmulatorUrl | None = Field(default=None, alias="COINFRS_BINANCE_SPOT_URL")
    binance_um_url: EmulatorUrl | None = Field(default=None, alias="COINFRS_BINANCE_UM_URL")
    binance_cm_url: EmulatorUrl | None = Field(default=None, alias="COINFRS_BINANCE_CM_URL")
    binance_options_url: EmulatorUrl | None = Field(
        default=None, alias="COINFRS_BINANCE_OPTIONS_URL"
    )
    binance_pm_url: EmulatorUrl | None = Field(default=None, alias="COINFRS_BINANCE_PM_URL")
    binance_downloads_url: EmulatorUrl | None = Field(
        default=None, alias="COINFRS_BINANCE_DOWNLOADS_URL"
    )
    fireblocks_url: EmulatorUrl | None = Field(default=None, alias="COINFRS_FIREBLOCKS_URL")

    @property
    def is_development(self) -> bool:
        """Whether generated secrets and the venue environment `emulator` are allowed."""
        return self.environment == "development"

    def require_secrets(self) -> None:
        """Refuse to go on without usable secrets.

        Raises:
            SettingsError: a secret is missing, or is one of a development environment outside one.

        """
        self.key_encryption_keys()
        self.root_secret()

    def key_encryption_keys(self) -> tuple[bytes, ...]:
        """Return the keys that wrap data keys, newest first, 32 bytes each.

        Raises:
            SettingsError: as `require_secrets`.

        """
        if self.encryption_key and self.encryption_keys:
            raise SettingsError("Set ENCRYPTION_KEY or ENCRYPTION_KEYS, not both.")
        given = self.encryption_keys or self.encryption_key
        name = "ENCRYPTION_KEYS" if self.encryption_keys else "ENCRYPTION_KEY"
        text = self._secret(name, given)
        keys = tuple(_key_bytes(part) for part in text.split(","))
        for key in keys:
            redaction.remember(key.hex())
            if not self.is_development and len(set(key)) < _DISTINCT_BYTES_MIN:
                raise SettingsError(f"{name} holds a key that is not random; {MAKE_A_KEY}")
        return keys

    def root_secret(self) -> bytes:
        """Return SECRET_KEY, from which `derive_secret` makes every other server secret.

        Raises:
            SettingsError: as `require_secrets`.

        """
        text = self._secret("SECRET_KEY", self.secret_key)
        redaction.remember(text)
        is_weak = len(set(text)) < _DISTINCT_CHARACTERS_MIN or any(
            word in text.lower() for word in _DEVELOPMENT_WORDS
        )
        if not self.is_development and is_weak:
            raise SettingsError(f"SECRET_KEY is not random; {MAKE_A_KEY}")
        return text.encode()

    def _secret(self, name: str, given: SecretStr | None) -> str:
        development = _development_secrets(self.home, make=self.is_development and given is None)
        if given is None and self.is_development:
            return development[name]
        if given is None:
            raise SettingsError(
                f"{name} is not set; {MAKE_A_KEY} (or set COINFRS_ENVIRONMENT=development)."
            )
        text = given.get_secret_value()
        if not self.is_development and any(value in text for value in development.values()):
            raise SettingsError(
                f"{name} is the one of {self.home / 'development.env'}, "
                f"which only COINFRS_ENVIRONMENT=development may use; {MAKE_A_KEY}"
            )
        return text


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return this process's settings, read once (tests call `settings.cache_clear()`).

    Raises:
        SettingsError: naming every variable whose value is wrong.

    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{detail['loc'][0]}: {detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"Wrong settings: {wrong}") from None


def libpq_variables() -> dict[str, str] | None:
    """Return the five PG* variables, or None where none of them is set.

    Raises:
        SettingsError: some are set and some are not.

    """
    given = {name: os.environ[name] for name in LIBPQ_VARIABLES if os.environ.get(name)}
    missing = [name for name in LIBPQ_VARIABLES if name not in given]
    if given and missing:
        raise SettingsError(
            f"{', '.join(given)} set but not {', '.join(missing)}: "
            f"set all of {' '.join(LIBPQ_VARIABLES)}, or none of them for the embedded server."
        )
    return given or None


def derive_secret(purpose: str, length: int = 32) -> bytes:
    """Derive one server secret of `length` bytes from SECRET_KEY by HKDF-SHA256.

    Each purpose is a name of its own, so that no two uses share a key.

    Raises:
        SettingsError: SECRET_KEY is missing or refused.

    """
    hkdf = HKDF(algorithm=SHA256(), length=length, salt=None, info=f"coinfrs:{purpose}".encode())
    return hkdf.derive(settings().root_secret())


def venue_url(venue: str, environment: str, api: str = "") -> str:
    """Return the base URL of a venue's API, without a trailing slash.

    Raises:
        SettingsError: the pair is unknown, or `emulator` is not allowed or not configured here.

    """
    if environment != "emulator":
        url = VENUE_URLS.get((venue, api), {}).get(environment)
        if url is None:
            raise SettingsError(f"{venue} has no environment called {environment!r}.")
        return url
    if (venue, api) not in EMULATOR_URLS:
        raise SettingsError(f"{venue} has no emulator.")
    if not settings().is_development:
        raise SettingsError(
            "The venue environment 'emulator' needs COINFRS_ENVIRONMENT=development."
        )
    field = EMULATOR_URLS[venue, api]
    configured: str | None = getattr(settings(), field)
    if configured is None and api:
        # The emulator serves all APIs of a venue under one address.
        return venue_url(venue, environment)
    if configured is None:
        raise SettingsError(
            f"{Settings.model_fields[field].alias} is not set: start the emulator and set it."
        )
    return configured


def venue_urls(venue: str, environment: str) -> dict[str, str]:
    """Return the base URLs of all APIs of a venue by their names; '' is the main one.

    Raises:
        SettingsError: as `venue_url`.

    """
    apis = [api for name, api in VENUE_URLS if name == venue] or [""]
    return {api: venue_url(venue, environment, api) for api in apis}


def _development_secrets(home: Path, *, make: bool) -> dict[str, str]:
    """Read `development.env`, made at the first need; of two makers one wins and both read it."""
    path = home / "development.env"
    if make and not path.exists():
        # Others may pass through it: an embedded server of root may have to run as another account.
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        draft = home / f"development.env.{os.getpid()}.{secrets.token_hex(4)}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            for name in ("ENCRYPTION_KEY", "SECRET_KEY"):
                file.write(f"{name}={secrets.token_hex(_KEY_BYTES)}\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if not path.exists():
        return {}
    return dict(line.split("=", 1) for line in path.read_text().split() if "=" in line)
