"""What a secret looks like in text, and that scrubbing leaves the rest alone."""

import json

import pytest

from coinfrs_pipelines.core import redaction
from coinfrs_pipelines.core.redaction import scrub

BINANCE_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{'X-MBX-APIKEY': 'abcdef', 'host': 'x'}", "{'X-MBX-APIKEY': '***', 'host': 'x'}"),
        ("(b'X-API-Key', b'0f3c-11')", "(b'X-API-Key', b'***')"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("GET /api?a=1&signature=0f0f&b=2", "GET /api?a=1&signature=***&b=2"),
        ("Credential(api_key='k1k1k1')", "Credential(api_key='***')"),
        ("postgresql://me:pass@host/db", "postgresql://me:***@host/db"),
        ("token eyJhbGciOiJF.eyJzdWIiOiIx.c2lnbmF0 end", "token *** end"),
        (f"key {BINANCE_KEY} refused", "key *** refused"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE+/=\n-----END PRIVATE KEY-----\nafter",
            "***\nafter",
        ),
    ],
)
def test_a_secret_of_a_known_shape_is_masked(text: str, expected: str) -> None:
    assert scrub(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "run 7d3c1a52-6f0e-4a0e-9b1e-2f9f5a0b1c2d finished",
        "the signature of the request was refused",
        "https://api.binance.com/api/v3/time",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert scrub(text) == text


def test_scrubbed_json_is_still_json() -> None:
    """Dagster reads back what it wrote: a mask must not eat a quote or follow a bare colon."""
    document = {
        "password": None,
        "api_key": BINANCE_KEY,
        "text": '{"signature": "00ff"} -----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----',
        "nested": json.dumps({"Authorization": "Bearer abc", "cookie": 5}),
        "query": "?timestamp=1&signature=00ff",
    }
    scrubbed = scrub(json.dumps(document))
    restored = json.loads(scrubbed)
    assert set(restored) == set(document)
    assert json.loads(restored["nested"]) == {"Authorization": "***", "cookie": 5}
    for secret in (BINANCE_KEY, "00ff", "MII", "abc"):
        assert secret not in scrubbed


def test_a_base64_cursor_is_not_taken_for_a_key() -> None:
    cursor = f"eJy/{BINANCE_KEY}/{BINANCE_KEY}=="
    assert scrub(cursor) == cursor


def test_the_exact_value_of_an_opened_credential_is_masked_line_by_line() -> None:
    """A Fireblocks key is a UUID, which only its exact value tells from any other."""
    key = "5b1a7a52-90aa-4e0e-8b1e-aaaabbbbcccc"
    lines = "QUJDREVGR0hJSktM1\nTU5PUFFSU1RVVldY2"
    pem = f"-----BEGIN PRIVATE KEY-----\n{lines}\n-----END PRIVATE KEY-----"
    redaction.remember(key, pem)
    assert scrub(f"user {key}") == "user ***"
    assert scrub("chunk QUJDREVGR0hJSktM1 only") == "chunk *** only"


def test_a_password_that_is_a_word_does_not_mask_the_word() -> None:
    """Dagster reads back what it wrote; an asset key of three asterisks would be another asset."""
    redaction.remember("completeness", "position_rollforward")
    assert scrub("completeness/position_rollforward") == "completeness/position_rollforward"
