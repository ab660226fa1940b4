"""The settings of the sign-in service alone, on top of `core.settings`; refused early, by name.

`auth_settings()` refuses a wrong value, `require_ready` what must not run outside development.
Left out: what this slice does not use yet (Google, SMTP, refresh tokens).
"""

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from coinfrs_pipelines.core.settings import Settings, SettingsError, settings


def _origin(url: str) -> str:
    """Accept a bare origin, without path: everything public is built from it."""
    parts = urlsplit(url)
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_bare:
        raise ValueError("must be an origin like https://books.example.com, without a path")
    return url.rstrip("/")


def _origins(text: str) -> str:
    """Accept a list of bare origins, exactly as browsers send them; never a pattern."""
    for origin in filter(None, (part.strip() for part in text.split(","))):
        if _origin(origin) != origin or origin != origin.lower():
            raise ValueError("each must be an origin in lower case, like https://app.example.com")
    return text


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("must be an IP address, like 127.0.0.1 or 0.0.0.0") from None


def _redis_url(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must look like redis://host:6379/0 or rediss://…")
    return value


class AuthSettings(BaseSettings):
    """The settings of one process; the aliases are the names of the environment variables.

    Names that end in `_S` are seconds.
    """

    model_config = SettingsConfigDict(
        frozen=True, hide_input_in_errors=True, env_ignore_empty=True, case_sensitive=True
    )

    port: int = Field(default=8000, ge=1, le=65535, alias="PORT")
    bind_address: Annotated[str, AfterValidator(_address)] = Field(
        default="127.0.0.1", alias="BIND_ADDRESS"
    )
    given_public_base_url: Annotated[str, AfterValidator(_origin)] | None = Field(
        default=None, alias="PUBLIC_BASE_URL"
    )
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        default=None, alias="REDIS_URL"
    )
    # ASVS 6.5.5: ten minutes at most.
    otp_ttl_seconds: int = Field(default=300, ge=1, le=600, alias="OTP_TTL_S")
    otp_max_attempts: int = Field(default=3, ge=1, le=10, alias="OTP_MAX_ATTEMPTS")
    otp_requests_per_hour: int = Field(default=5, ge=1, le=100, alias="OTP_REQUESTS_PER_HOUR")
    # NIST SP 800-63B-4 allows 100 in a row; 20 a day keep a year's guessing below one per cent.
    otp_failures_per_day: int = Field(default=20, ge=1, le=100, alias="OTP_FAILURES_PER_DAY")
    access_ttl_seconds: int = Field(default=900, ge=1, le=3600, alias="ACCESS_TTL_S")
    jwt_private_key_file: Path | None = Field(default=None, alias="JWT_PRIVATE_KEY_FILE")
    given_jwt_issuer: str | None = Field(default=None, min_length=1, alias="JWT_ISSUER")
    jwt_audience: str = Field(default="coinfrs", min_length=1, alias="JWT_AUDIENCE")
    max_body_bytes: int = Field(default=65_536, ge=1024, le=1_048_576, alias="MAX_BODY_BYTES")

    given_cors_origins: Annotated[str, AfterValidator(_origins)] = Field(
        default="", alias="CORS_ORIGINS"
    )

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """The origins of other sites whose pages may read our answers."""
        return tuple(filter(None, (part.strip() for part in self.given_cors_origins.split(","))))

    @property
    def public_base_url(self) -> str:
        """Where people reach the service; never read from a Host header."""
        return self.given_public_base_url or f"http://localhost:{self.port}"

    @property
    def jwt_issuer(self) -> str:
        """The issuer of our tokens."""
        return self.given_jwt_issuer or self.public_base_url

    def require_ready(self, core: Settings) -> None:
        """Refuse to start with what is only good enough for development.

        Raises:
            SettingsError: naming everything that is missing, at once.

        """
        core.require_secrets()
        if core.is_development:
            return
        problems = []
        if self.redis_url is None:
            problems.append("REDIS_URL is not set; outside development codes live in Redis")
        if self.jwt_private_key_file is None:
            problems.append(
                "JWT_PRIVATE_KEY_FILE is not set; it names a file with an EC P-256 private key "
                "as a JWK with a kid"
            )
        if not self.public_base_url.startswith("https://"):
            problems.append("PUBLIC_BASE_URL is not an https:// origin")
        if not all(origin.startswith("https://") for origin in self.cors_origins):
            problems.append("CORS_ORIGINS names an origin that is not https://")
        problems.append(
            "no mail transport: this version writes sign-in codes to the console, which only "
            "COINFRS_ENVIRONMENT=development may do; register data sources by `coinfrs sources add`"
        )
        raise SettingsError("The sign-in service does not start: " + "; ".join(problems) + ".")


def auth_settings() -> AuthSettings:
    """Return the settings of the sign-in service, checked.

    Raises:
        SettingsError: naming every variable whose value is wrong, or what is missing.

    """
    try:
        found = AuthSettings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{detail['loc'][0]}: {detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"Wrong settings: {wrong}") from None
    found.require_ready(settings())
    return found
