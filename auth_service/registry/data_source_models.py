"""What is said of data sources over HTTP and in forms: given, changed and shown.

A secret is in what is given alone. What is done with it stands in `sources.py`.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
)
from pydantic.config import JsonDict

from auth_service.registry.rows import Name
from coinfrs_pipelines import registration

EXAMPLE: JsonDict = {
    "venue": "binance",
    "environment": "production",
    "name": "Market making",
    "credential": {"api_key": "the key", "api_secret": "its secret"},
    "history_start": "2026-01-01",
}

HistoryStart = Annotated[
    date,
    AfterValidator(registration.history_start_of),
    Field(description=f"A UTC day from {registration.HISTORY_START_MIN} to today."),
]
"""The first day to read of a data source's history."""


class CredentialGiven(BaseModel):
    """A read-only key: a Binance HMAC key has an `api_secret`; Binance Ed25519 and RSA keys and
    Fireblocks API users have a `private_key_pem`, unencrypted.
    """  # noqa: D205 -- one sentence more than fits on a line, shown in OpenAPI.

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"api_key": "the key", "api_secret": "its secret"}]},
    )

    api_key: SecretStr = Field(min_length=1, max_length=512)
    api_secret: SecretStr | None = Field(default=None, min_length=1, max_length=512)
    private_key_pem: SecretStr | None = Field(default=None, min_length=1, max_length=16_384)

    def document(self) -> dict[str, str]:
        """Return the fields that were given, in the clear."""
        given = {
            "api_key": self.api_key,
            "api_secret": self.api_secret,
            "private_key_pem": self.private_key_pem,
        }
        return {
            name: value.get_secret_value() for name, value in given.items() if value is not None
        }


class DataSourceGiven(BaseModel):
    """What to register. `environment` is the venue's; without `history_start` (a UTC day) each
    stream's trailing window is read.
    """  # noqa: D205 -- one sentence more than fits on a line, shown in OpenAPI.

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    venue: Literal["binance", "fireblocks"]
    environment: Literal["production", "eu", "eu2", "sandbox", "emulator"]
    name: str = Field(min_length=1, max_length=registration.NAME_CHARACTERS_MAX)
    credential: CredentialGiven
    history_start: HistoryStart | None = None


class DataSourceChanged(BaseModel):
    """What may be changed of a data source without proving its key again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "Treasury", "history_start": "2025-01-01"}]},
    )

    name: Name
    history_start: HistoryStart | None = None


class DataSourceShown(BaseModel):
    """A registered data source; `account_ref` is what its key was proven to see, at `proven_at`."""

    id: UUID
    venue: str
    environment: str
    name: str
    account_ref: str
    account_kind: str
    history_start: date | None
    proven_at: AwareDatetime | None
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class DataSourceEnded(BaseModel):
    """A data source that is disabled, and why; what was read with its key stays."""

    id: UUID
    venue: str
    name: str
    account_ref: str
    disabled_at: AwareDatetime
    disabled_reason: str


class AccountShown(BaseModel):
    """An account that a data source's key shows, and the location group that it is mapped into."""

    account_id: UUID
    external_id: str
    name: str | None
    kind: str
    parent_account_id: UUID | None
    location_group_id: UUID | None
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime
