"""What an answer means is decided in one place, and what an error says names no secret."""

import json
from datetime import UTC, datetime

import pytest

from coinfrs_pipelines.connectors.errors import (
    Banned,
    NotEnabled,
    Permanent,
    Throttled,
    Transient,
    Unauthorised,
    VenueError,
    WalkNotProven,
    classify_binance,
    classify_fireblocks,
    is_refused_for_good,
)

HTML = b"<html><body>403 Forbidden</body></html>"


def _code(code: object, message: str = "said so") -> bytes:
    return f'{{"code":{code},"msg":"{message}"}}'.encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"[]", None),
        (200, b'{"code":200,"msg":"","snapshotVos":[]}', None),
        (200, b'{"code":"000000","message":"success","data":[]}', None),
        (200, b'{"code":"000000000","message":"success","data":[]}', None),
        # A record may have a field called code.
        (200, b'{"asset":"X","code":5,"rows":[]}', None),
        (200, b'{"status":"OK","type":"GENERAL","code":"000000000","data":{}}', None),
        (200, b'{"code":"000000","message":null,"data":[],"success":true}', None),
        # A failure that looks like an empty list.
        (200, b'{"code":"000002","message":null,"total":0,"success":false}', Permanent),
        (200, b'{"code":"000002","message":null,"total":0}', Permanent),
        (200, b'{"code":"000002","msg":"","total":0}', Permanent),
        (200, b'{"status":"ERROR","code":"100000001","data":null}', Permanent),
        (200, b'{"code":"000000","message":"","data":[],"success":false}', Permanent),
        (200, b'{"code":null,"message":null,"data":[]}', Permanent),
        (200, b'{"data":[],"success":false}', Permanent),
        (200, _code(-1000), Transient),
        (200, _code(-3003), NotEnabled),
        (200, b'{"code":"100001002","message":"unsupported"}', NotEnabled),
        (200, HTML, Transient),
        (200, b'[{"asset":"BTC"', Transient),
        (200, b"", Transient),
        (302, b"", Permanent),
        (400, _code(-1021), Transient),
        (400, _code(-1007), Transient),
        (400, _code(-3044), Transient),
        (400, _code(-1022), Unauthorised),
        (400, _code(-2014), Unauthorised),
        (401, _code(-2015), Unauthorised),
        (401, HTML, Unauthorised),
        (400, _code(-4006), NotEnabled),
        (400, _code(-5011), NotEnabled),
        (400, _code(-9000, "Sub-account function is not enabled."), NotEnabled),
        (400, _code(-5012, "The transfer is pending."), Transient),
        (400, _code(-5012, "Futures account missing."), NotEnabled),
        (400, _code(-1003), Throttled),
        (429, _code(-1003), Throttled),
        (429, HTML, Throttled),
        (418, _code(-1003, "Way too many; IP banned until 1767657600000."), Banned),
        (429, _code(-1003, "IP banned until 1767657600000."), Banned),
        (418, HTML, Banned),
        (403, HTML, Permanent),
        (404, HTML, Permanent),
        (400, _code(-1121), Permanent),
        (400, _code(-1127), Permanent),
        (400, _code(-99999), Permanent),
        (408, HTML, Transient),
        (500, b"", Transient),
        (503, HTML, Transient),
    ],
)
def test_an_answer_of_binance(status: int, body: bytes, kind: type[VenueError] | None) -> None:
    error = classify_binance(status, {}, body)
    assert type(error) is (kind or type(None))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"[]", None),
        (200, b'{"id":"x","code":7,"message":"a field of the workspace"}', None),
        (200, HTML, Transient),
        (301, b"", Permanent),
        (400, b'{"message":"Cannot perform transaction","code":1401}', Permanent),
        (401, b'{"message":"The request has expired.","code":-10}', Transient),
        (401, b'{"message":"future iat","code":-12}', Transient),
        (401, b'{"message":"invalid signature","code":-1}', Unauthorised),
        (401, b'{"message":"Token was not accepted.","code":-7}', Unauthorised),
        (401, HTML, Unauthorised),
        (403, b'{"error":{"type":"FORBIDDEN","message":"no"}}', NotEnabled),
        (403, b'{"message":"no","code":-1}', NotEnabled),
        (403, b'{"message":"The role has no access."}', NotEnabled),
        # A firewall or a gateway: nothing about the role.
        (403, HTML, Permanent),
        (403, b"", Permanent),
        (403, b"{}", Permanent),
        (403, b'{"message":"Forbidden"}', Permanent),
        (404, HTML, Permanent),
        (408, b"", Transient),
        (410, b"{}", Permanent),
        (429, b"", Throttled),
        (500, b"", Transient),
    ],
)
def test_an_answer_of_fireblocks(status: int, body: bytes, kind: type[VenueError] | None) -> None:
    error = classify_fireblocks(status, {}, body)
    assert type(error) is (kind or type(None))


def test_a_ban_tells_its_end() -> None:
    error = classify_binance(418, {}, _code(-1003, "banned until 1767657600000"))
    assert isinstance(error, Banned)
    assert error.until == datetime(2026, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(("header", "seconds"), [("35", 35), ("0", 0), ("", None), ("soon", None)])
def test_retry_after_is_read_in_seconds(header: str, seconds: int | None) -> None:
    headers = {"retry-after": header}
    for classify in (classify_binance, classify_fireblocks):
        error = classify(429, headers, b"")
        assert isinstance(error, Throttled)
        assert error.retry_after_seconds == seconds


def test_a_reason_is_the_name_of_its_class() -> None:
    for kind, reason in ((NotEnabled, "not_enabled"), (Transient, "transient")):
        error = kind("binance", "why", status=400, code="-1")
        assert (error.reason, error.status, error.code, error.detail) == (reason, 400, "-1", "why")
        assert str(error) == f"binance: {reason} (HTTP 400, code -1): why"


def test_what_a_venue_echoes_of_a_request_is_cut_out() -> None:
    """A hostile or careless message must not carry a signed URL, a key or a token into a log."""
    token = "eyJhbGciOiJSUzI1NiJ9.eyJ1cmkiOiIvdjEifQ.c2lnbmF0dXJl"
    api_key = "3f9c2a51-8a51-4f0c-9d6e-0f2b6c1d7e88"
    signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    message = f"bad: https://api.example.com/x?signature={signature} {token} {api_key} {signature}"
    error = Permanent("binance", message)
    for secret in (token, api_key, signature, "https://"):
        assert secret not in str(error) + repr(error) + error.detail


@pytest.mark.parametrize(
    "code", ["c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b", "https://a/?key=1", "1\n2", ""]
)
def test_a_code_that_is_none_is_cut_out(code: str) -> None:
    error = classify_binance(400, {}, json.dumps({"code": code, "msg": "x"}).encode())
    assert error is not None
    assert error.code == "[…]"
    assert str(error) == "binance: permanent (HTTP 400, code […]): x"
    assert not is_refused_for_good(error)


def test_a_message_is_one_line_and_not_endless() -> None:
    error = Permanent("binance", "first\nsecond\x00\x1b " + "word " * 1000)
    assert error.detail.startswith("first second")
    assert len(error.detail) <= 300
    assert error.detail.isprintable()


@pytest.mark.parametrize(
    ("status", "body", "is_for_good"),
    [
        (400, b'{"code": -5021, "msg": "This parent sub have no relation"}', True),
        (400, b'{"code": -26001, "msg": "Sign the disclaimer first."}', True),
        (404, b'{"code": -26001, "msg": "Sign the disclaimer first."}', True),
        # Gone for everybody, also for who has a part in what it told.
        (400, b'{"code": -21015, "msg": "Endpoint gone"}', False),
        (404, b'{"code": -5000, "msg": "Path /sapi/v1/x, Method GET is invalid"}', False),
        (404, b"<html>", False),
        (404, b"", False),
        # About the question, not about who asks.
        (400, b'{"code": -1102, "msg": "Mandatory parameter was not sent."}', False),
        (400, b'{"code": -4047, "msg": "Time interval must be within 0-90 days"}', False),
        (400, b'{"code": -7001, "msg": "Days must be within 90."}', False),
        (400, b'{"code": -3011, "msg": "Your input date is invalid."}', False),
        (400, b'{"code": -3025, "msg": "Your input date format is incorrect."}', False),
        (400, b'{"code": -6073, "msg": "The search window is restricted."}', False),
        # Not for good, or not Binance's own word.
        (429, b'{"code": -1003, "msg": "Too many requests."}', False),
        (401, b'{"code": -2015, "msg": "Invalid API-key."}', False),
        (500, b'{"code": -1000, "msg": "Unknown."}', False),
        (403, b"<html>", False),
        (403, b'{"code": 403, "message": "Forbidden"}', False),
        (400, b'{"code": "Forbidden", "message": "Blocked."}', False),
        (200, b'{"code": "000000", "message": null, "success": false}', False),
    ],
)
def test_only_the_venue_itself_refuses_for_good_what_was_asked_rightly(
    status: int, body: bytes, is_for_good: bool
) -> None:
    error = classify_binance(status, {}, body)
    assert error is not None
    assert is_refused_for_good(error) is is_for_good


def test_pages_that_contradict_each_other_are_no_refusal() -> None:
    assert not is_refused_for_good(WalkNotProven("binance", "rows are missing"))
