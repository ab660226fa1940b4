"""The settings of the sign-in service alone, on top of `core.settings`; refused early, by name.

`auth_settings()` refuses a wrong value, `require_ready` what must not run outside development.
"""

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from auth_service.email_addresses import canonical_email
from coinfrs_pipelines.core.settings import Settings, SettingsError, settings


def _origin(url: str) -> str:
    """Accept a bare origin, without path: everything public is built from it."""
    parts = urlsplit(url)
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
    # Browsers send an origin in lower case, and it is compared as it is: there is no pattern.
    is_exact = url == url.lower() and "*" not in url
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_bare or not is_exact:
        raise ValueError(
            "must be an origin in lower case like https://books.example.com, without a path"
        )
    return url.rstrip("/")


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


def _listed(given: object) -> object:
    """Split a comma separated list, as it stands in an environment variable."""
    if not isinstance(given, str):
        return given
    return tuple(part.strip() for part in given.split(",") if part.strip())


def _network(text: str) -> str:
    """Accept an address or a network in CIDR form; everybody is nobody's proxy."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        network = None
    if network is None or network.prefixlen == 0:
        raise ValueError("must list the addresses or networks of proxies, like 10.0.0.0/8")
    return str(network)


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


Origin = Annotated[str, AfterValidator(_origin)]


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
    given_public_base_url: Origin | None = Field(default=None, alias="PUBLIC_BASE_URL")
    redis_url: Annotated[SecretStr, AfterValidator(_redis_url)] | None = Field(
        default=None, alias="REDIS_URL"
    )
    # ASVS 6.5.5: ten minutes at most.
    otp_ttl_seconds: int = Field(default=300, ge=1, le=600, alias="OTP_TTL_S")
    otp_max_attempts: int = Field(default=3, ge=1, le=10, alias="OTP_MAX_ATTEMPTS")
    otp_requests_per_hour: int = Field(default=5, ge=1, le=100, alias="OTP_REQUESTS_PER_HOUR")
    # NIST SP 800-63B-4 allows 100 in a row; 20 a day keep a year's guessing below one per cent.
    otp_failures_per_day: int = Field(default=20, ge=1, le=100, alias="OTP_FAILURES_PER_DAY")
    # Wrong codes of all addresses together; more is an alarm in the log, and keeps nobody out.
    otp_alarm_failures_per_hour: int = Field(
        default=100, ge=1, le=1_000_000, alias="OTP_ALARM_FAILURES_PER_HOUR"
    )
    access_ttl_seconds: int = Field(default=900, ge=1, le=3600, alias="ACCESS_TTL_S")
    jwt_private_key_file: Path | None = Field(default=None, alias="JWT_PRIVATE_KEY_FILE")
    given_jwt_issuer: str | None = Field(default=None, min_length=1, alias="JWT_ISSUER")
    jwt_audience: str = Field(default="coinfrs", min_length=1, alias="JWT_AUDIENCE")
    refresh_ttl_seconds: int = Field(default=604_800, ge=1, le=2_592_000, alias="REFRESH_TTL_S")
    # ASVS 7.3.2: however often it is renewed, a session ends.
    refresh_absolute_seconds: int = Field(
        default=2_592_000, ge=1, le=7_776_000, alias="REFRESH_ABSOLUTE_S"
    )
    refresh_grace_seconds: int = Field(default=10, ge=0, le=60, alias="REFRESH_GRACE_S")

    google_client_id: str | None = Field(default=None, min_length=1, alias="GOOGLE_CLIENT_ID")
    google_client_secret: SecretStr | None = Field(
        default=None, min_length=1, alias="GOOGLE_CLIENT_SECRET"
    )
    google_issuer: Origin = Field(default="https://accounts.google.com", alias="GOOGLE_ISSUER")

    smtp_host: str | None = Field(default=None, min_length=1, alias="SMTP_HOST")
    given_smtp_port: int | None = Field(default=None, ge=1, le=65535, alias="SMTP_PORT")
    smtp_tls: Literal["none", "starttls", "tls"] = Field(default="starttls", alias="SMTP_TLS")
    smtp_user: str | None = Field(default=None, min_length=1, alias="SMTP_USER")
    smtp_password: SecretStr | None = Field(default=None, min_length=1, alias="SMTP_PASSWORD")
    given_smtp_from: Annotated[str, AfterValidator(canonical_email)] | None = Field(
        default=None, alias="SMTP_FROM"
    )

    legacy_passwords: Literal["on", "off"] = Field(default="off", alias="LEGACY_PASSWORDS")
    ip_limit_per_minute: int = Field(default=60, ge=1, le=100_000, alias="IP_LIMIT_PER_MIN")
    trusted_proxies: Annotated[
        tuple[Annotated[str, AfterValidator(_network)], ...], BeforeValidator(_listed), NoDecode
    ] = Field(default=(), alias="TRUSTED_PROXIES")
    cors_origins: Annotated[tuple[Origin, ...], BeforeValidator(_listed), NoDecode] = Field(
        default=(), alias="CORS_ORIGINS"
    )
    max_body_bytes: int = Field(default=65_536, ge=1024, le=1_048_576, alias="MAX_BODY_BYTES")

    @property
    def public_base_url(self) -> str:
        """Where people reach the service; never read from a Host header."""
        return self.given_public_base_url or f"http://localhost:{self.port}"

    @property
    def jwt_issuer(self) -> str:
        """The issuer of our tokens."""
        return self.given_jwt_issuer or self.public_base_url

    @property
    def smtp_port(self) -> int:
        """The port of the mail server; each way to speak TLS has its own."""
        return self.given_smtp_port or {"none": 25, "starttls": 587, "tls": 465}[self.smtp_tls]

    @property
    def smtp_from(self) -> str:
        """Whom our mail comes from."""
        return self.given_smtp_from or f"no-reply@{urlsplit(self.public_base_url).hostname}"

    @property
    def own_origins(self) -> frozenset[str]:
        """The origins whose pages may use the session's cookie."""
        return frozenset({self.public_base_url, *self.cors_origins})

    def require_ready(self, core: Settings) -> None:
        """Refuse to start with what is only good enough for development.

        Raises:
            SettingsError: naming everything that is missing, at once.

        """
        core.require_secrets()
        problems = self._contradictions(core)
        if not core.is_development:
            problems += self._missing_in_production()
        if problems:
            raise SettingsError("The sign-in service does not start: " + "; ".join(problems) + ".")

    def _contradictions(self, core: Settings) -> list[str]:
        problems = []
        if (self.google_client_id is None) != (self.google_client_secret is None):
            problems.append("set both GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, or neither")
        if (self.smtp_user is None) != (self.smtp_password is None):
            problems.append("set both SMTP_USER and SMTP_PASSWORD, or neither")
        if self.smtp_user is not None and self.smtp_tls == "none":
            problems.append("SMTP_USER needs SMTP_TLS=starttls or tls")
        issuer = urlsplit(self.google_issuer)
        if issuer.scheme != "https" and not (
            core.is_development and is_loopback(issuer.hostname or "")
        ):
            problems.append(
                "GOOGLE_ISSUER is not an https:// origin; http is for development on this machine"
            )
        return problems

    def _missing_in_production(self) -> list[str]:
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
        if any(not origin.startswith("https://") for origin in self.cors_origins):
            problems.append("CORS_ORIGINS lists what is not an https:// origin")
        if self.smtp_host is None:
            problems.append(
                "SMTP_HOST is not set; only COINFRS_ENVIRONMENT=development writes sign-in codes "
                "to the console"
            )
        if self.smtp_tls == "none":
            problems.append("SMTP_TLS=none would send sign-in codes in the clear")
        return problems


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
