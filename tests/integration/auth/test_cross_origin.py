"""P51: pages of exactly the origins that are listed may read answers, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.auth.test_start import start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.auth.conftest import Door, Serve

LISTED = "https://app.example.com"


@pytest.fixture(scope="module")
def door(serve: Serve) -> Door:
    return serve(CORS_ORIGINS=f"{LISTED}, https://books.example.com:8443")


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "http://app.example.com",
        "https://app.example.com:444",
        "null",
    ],
)
def test_p51_an_origin_that_is_not_listed_is_not_reflected(door: Door, origin: str) -> None:
    asked = {"Origin": origin}
    read = door.http.get("/users/me", headers=asked)
    assert read.status_code == 401
    preflight = door.http.options(
        "/portfolios", headers=asked | {"Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code == 400
    for answer in (read, preflight):
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", [LISTED, "https://books.example.com:8443"])
def test_p51_a_listed_origin_may_send_and_read_what_the_api_needs(door: Door, origin: str) -> None:
    preflight = door.http.options(
        "/portfolios",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "authorization, if-match, idempotency-key",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == origin
    refused = door.http.get("/users/me", headers={"Origin": origin})
    assert refused.headers["access-control-allow-origin"] == origin
    assert "Origin" in refused.headers["vary"]
    exposed = refused.headers["access-control-expose-headers"]
    assert {"ETag", "X-Request-Id"} <= set(exposed.split(", "))


@pytest.mark.parametrize(
    "origins", ["*", "https://*.example.com/", "app.example.com", "https://App.example.com", "null"]
)
def test_p51_only_exact_origins_can_be_listed(database: Mapping[str, str], origins: str) -> None:
    assert database
    status, said = start(CORS_ORIGINS=origins)
    assert status == 2
    assert "CORS_ORIGINS" in said
