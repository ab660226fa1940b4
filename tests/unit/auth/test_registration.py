"""How a credential is written down, and what is refused before a venue is asked."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from coinfrs_pipelines import registration
from coinfrs_pipelines.core.data_sources import Credential
from coinfrs_pipelines.registration import RegistrationRefused

BINANCE = Credential(api_key="k" * 64, secret="s" * 64)


def no_connection() -> Any:
    raise AssertionError("a connection was opened before the proof")


@pytest.mark.parametrize(
    ("venue", "document"),
    [
        ("binance", {"api_key": "k", "api_secret": "s"}),
        ("binance", {"api_key": "k", "private_key_pem": "-----BEGIN PRIVATE KEY-----"}),
        ("fireblocks", {"api_key": "k", "private_key_pem": "s"}),
    ],
)
def test_each_venue_has_its_own_fields(venue: str, document: dict[str, str]) -> None:
    found = registration.credential_of(venue, document)
    assert [found.api_key, found.secret] == list(document.values())
    assert "'k'" not in repr(found)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"api_key": "k"},
        {"api_key": "k", "api_secret": "s", "passphrase": "p"},
        {"api_key": "k", "api_secret": "s", "private_key_pem": "-----BEGIN PRIVATE KEY-----"},
        {"api_key": 1, "api_secret": "s"},
        {"api_key": "k", "api_secret": None},
        {"api_key": "k", "api_secret": ""},
    ],
    ids=str,
)
def test_other_fields_are_refused_by_the_names_of_the_right_ones(document: dict[str, Any]) -> None:
    with pytest.raises(RegistrationRefused, match="api_key and api_secret or private") as caught:
        registration.credential_of("binance", document)
    assert caught.value.reason == "wrong_credential"


@pytest.mark.parametrize(
    "document",
    [
        {"api_key": "k", "private_key_pem": "s" * 64},
        {
            "api_key": "k",
            "api_secret": "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----",
        },
    ],
    ids=["a secret in place of a PEM", "a PEM in place of a secret"],
)
def test_the_two_kinds_of_binance_secret_are_not_mistaken_for_each_other(
    document: dict[str, Any],
) -> None:
    with pytest.raises(RegistrationRefused, match=r"begins with -----BEGIN") as caught:
        registration.credential_of("binance", document)
    assert caught.value.reason == "wrong_credential"
    assert "MC4C" not in str(caught.value)


def test_an_unknown_venue_is_refused() -> None:
    with pytest.raises(RegistrationRefused, match="binance and fireblocks"):
        registration.credential_of("kraken", {"api_key": "k", "api_secret": "s"})


@pytest.mark.usefixtures("settings_environment")
@pytest.mark.parametrize("environment", ["eu", "PRODUCTION", "https://evil.example", ""])
def test_an_environment_the_venue_lacks_is_refused_before_anything_is_sent(
    environment: str,
) -> None:
    with pytest.raises(RegistrationRefused) as caught:
        registration.inspect("binance", environment, BINANCE)
    assert caught.value.reason == "wrong_environment"


@pytest.mark.usefixtures("settings_environment")
def test_outside_development_there_is_no_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COINFRS_ENVIRONMENT", "production")
    monkeypatch.setenv("COINFRS_BINANCE_SPOT_URL", "http://127.0.0.1:8810")
    with pytest.raises(RegistrationRefused, match="development"):
        registration.inspect("binance", "emulator", BINANCE)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00b", "\u202ereversed", "n" * 101])
def test_a_name_is_one_printable_line(name: str) -> None:
    with pytest.raises(RegistrationRefused) as caught:
        registration.register(
            no_connection,
            no_connection,  # type: ignore[arg-type]  # neither is reached.
            owner_id=None,  # type: ignore[arg-type]  # as above.
            venue="binance",
            environment="production",
            name=name,
            credential=BINANCE,
        )
    assert caught.value.reason == "wrong_name"


@pytest.mark.parametrize(
    "day", [date.min, date(2016, 12, 31), datetime.now(UTC).date() + timedelta(days=2)], ids=str
)
def test_history_begins_in_the_lifetime_of_the_venues(day: date) -> None:
    with pytest.raises(RegistrationRefused, match="from 2017-01-01 to today") as caught:
        registration.prove(
            venue="binance",
            environment="production",
            name="main",
            credential=BINANCE,
            history_start=day,
        )
    assert caught.value.reason == "wrong_history_start"
