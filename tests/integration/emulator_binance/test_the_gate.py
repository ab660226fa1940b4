"""What the emulated Binance refuses: keys, clocks, signatures, parameters, weights."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue, Venue

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ACCOUNT = "/api/v3/account"


def now(venue: Venue) -> int:
    return (venue.emulation.clock.now() - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("offset", "receive_window", "is_accepted"),
    [(999, 5_000, True), (1_000, 5_000, False), (-5_000, 5_000, True), (-5_001, 5_000, False)],
)
def test_a_timestamp_is_accepted_within_its_window_only(
    venue: Venue, offset: int, receive_window: int, is_accepted: bool
) -> None:
    """The documented rule: timestamp < server + 1000 and server - timestamp <= recvWindow."""
    answer = venue.signed(
        ACCOUNT, venue.credential(0), timestamp=now(venue) + offset, recvWindow=receive_window
    )
    assert (answer.status_code == 200) is is_accepted
    if not is_accepted:
        assert answer.json()["code"] == -1021


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/sapi/v1/sub-account/list", {}),
        ("/sapi/v1/sub-account/universalTransfer", {}),
        ("/sapi/v4/sub-account/assets", {"email": "somebody@example.com"}),
    ],
)
def test_a_master_without_sub_accounts_has_not_enabled_their_function(
    open_venue: OpenVenue, path: str, given: dict[str, str]
) -> None:
    venue = open_venue(options={"sub_accounts": 0})
    assert [key["kind"] for key in venue.world.binance.credentials()] == ["master"]
    refused = venue.signed(path, venue.credential(0), **given)
    assert refused.status_code == 400
    assert "function is not enabled" in refused.json()["msg"]


def test_a_timestamp_may_be_in_microseconds(venue: Venue) -> None:
    assert venue.read(ACCOUNT, venue.credential(0), timestamp=now(venue) * 1_000)["uid"]


def test_a_receive_window_above_a_minute_is_refused(venue: Venue) -> None:
    assert venue.refusal(ACCOUNT, venue.credential(0), recvWindow=60_001) == (400, -1131)


def test_a_wrong_secret_is_refused(venue: Venue) -> None:
    credential = {**venue.credential(0), "api_secret": "0" * 64}
    assert venue.refusal(ACCOUNT, credential) == (400, -1022)


@pytest.mark.parametrize("signature", ["", "%2B", "AAAA", "not base64", "%00" * 64])
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_what_is_no_signature_of_a_private_key_is_refused(
    venue: Venue, kind: str, signature: str
) -> None:
    """What signs well is in tests/contract, where the official client does it."""
    uid = venue.credential(0)["account_ref"]
    key = venue.world.binance.add_key({"account_ref": uid, "kind": kind})
    answer = venue.http.get(
        f"{ACCOUNT}?timestamp={now(venue)}&signature={signature}",
        headers={"X-MBX-APIKEY": key["api_key"]},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, -1022 if signature else -1102)


@pytest.mark.parametrize(("api_key", "code"), [("short", -2014), ("0" * 64, -2015), ("", -2014)])
def test_an_unknown_key_is_refused(venue: Venue, api_key: str, code: int) -> None:
    credential = {**venue.credential(0), "api_key": api_key}
    assert venue.refusal(ACCOUNT, credential) == (401, code)


def test_a_revoked_key_is_refused(venue: Venue) -> None:
    venue.fault(kind="revoke_key", api_key=venue.credential(1)["api_key"])
    assert venue.refusal(ACCOUNT, venue.credential(1)) == (401, -2015)
    assert venue.read(ACCOUNT, venue.credential(0))["uid"]


def test_a_key_that_may_not_read_is_refused(venue: Venue) -> None:
    key = venue.world.binance.add_key(
        {"account_ref": venue.credential(0)["account_ref"], "permissions": {"enableReading": False}}
    )
    assert venue.refusal(ACCOUNT, key) == (401, -2015)


def signed_raw(venue: Venue, payload: str, sent: str | None = None) -> int:
    credential = venue.credential(0)
    signature = hmac.new(
        credential["api_secret"].encode(), payload.encode(), hashlib.sha256
    ).hexdigest()
    answer = venue.http.get(
        f"/sapi/v1/sub-account/universalTransfer?{sent or payload}&signature={signature}",
        headers={"X-MBX-APIKEY": credential["api_key"]},
    )
    return int(answer.json().get("code", 200))


def test_the_signature_is_of_the_percent_encoded_query(venue: Venue) -> None:
    email = venue.world.binance.accounts[1].email
    assert "+" in email
    encoded = f"fromEmail={quote(email, safe='')}&timestamp={now(venue)}"
    plain = f"fromEmail={email}&timestamp={now(venue)}"
    assert signed_raw(venue, encoded) == 200
    assert signed_raw(venue, plain, sent=encoded) == -1022


def test_a_symbol_outside_ascii_can_be_asked_for(venue: Venue) -> None:
    assert venue.read("/api/v3/myTrades", venue.credential(0), symbol="币安人生USDT") == []


def test_a_signature_may_cover_query_and_body_together(venue: Venue) -> None:
    credential = venue.credential(0)
    query, body = "asset=BTC", f"timestamp={now(venue)}"
    signature = hmac.new(
        credential["api_secret"].encode(), (query + body).encode(), hashlib.sha256
    ).hexdigest()
    answer = venue.http.post(
        f"/sapi/v3/asset/getUserAsset?{query}",
        content=f"{body}&signature={signature}",
        headers={
            "X-MBX-APIKEY": credential["api_key"],
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    assert [row["asset"] for row in answer.json()] == ["BTC"]


def test_what_is_missing_is_named(venue: Venue) -> None:
    headers = {"X-MBX-APIKEY": venue.credential(0)["api_key"]}
    without_timestamp = venue.http.get(ACCOUNT, headers=headers)
    assert without_timestamp.json() == {
        "code": -1102,
        "msg": "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.",
    }
    unsigned = venue.http.get(f"{ACCOUNT}?timestamp={now(venue)}", headers=headers)
    assert "'signature'" in unsigned.json()["msg"]
    assert venue.refusal("/api/v3/myTrades", venue.credential(0)) == (400, -1102)
    assert venue.refusal("/sapi/v1/asset/transfer", venue.credential(0)) == (400, -1102)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"symbol": "BTCUSDT", "limit": 1001}, -1130),
        ({"symbol": "BTCUSDT", "limit": 0}, -1130),
        ({"symbol": "BTCUSDT", "fromId": "abc"}, -1100),
        ({"symbol": "BTCUSDT", "fromId": ""}, -1105),
        ({"symbol": ""}, -1102),
        ({"symbol": "NOSUCH"}, -1121),
    ],
)
def test_a_wrong_parameter_is_refused(
    venue: Venue, parameters: dict[str, object], code: int
) -> None:
    assert venue.refusal("/api/v3/myTrades", venue.credential(0), **parameters) == (400, code)


def test_an_unknown_parameter_is_ignored(venue: Venue) -> None:
    assert venue.read(ACCOUNT, venue.credential(0), colour="blue")["uid"]


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ("/sapi/v1/sub-account/list", 1),
        ("/sapi/v1/sub-account/universalTransfer", 2),
        ("/sapi/v1/sub-account/transfer/subUserHistory", 0),
    ],
)
def test_an_endpoint_of_the_other_kind_of_account_is_refused(
    venue: Venue, path: str, position: int
) -> None:
    assert venue.refusal(path, venue.credential(position)) == (400, 100001002)


def test_an_unknown_path_is_not_found_and_has_no_body(venue: Venue) -> None:
    answer = venue.http.get("/sapi/v1/no/such/thing")
    assert (answer.status_code, answer.content) == (404, b"")


def test_binance_tells_no_date_and_no_server(venue: Venue) -> None:
    answer = venue.http.get("/api/v3/time")
    assert {"date", "server"}.isdisjoint(answer.headers)


# Weights


def test_the_spot_bucket_is_shared_and_counted_in_the_header(open_venue: OpenVenue) -> None:
    venue = open_venue(limits_factor=1)
    assert venue.http.get("/api/v3/time").headers["X-MBX-USED-WEIGHT-1M"] == "1"
    assert venue.http.get("/api/v3/exchangeInfo").headers["X-MBX-USED-WEIGHT-1M"] == "21"
    for position in (0, 1):
        answer = venue.signed(ACCOUNT, venue.credential(position))
    assert answer.headers["X-MBX-USED-WEIGHT-1M"] == "61"
    by_order = venue.signed("/api/v3/myTrades", venue.credential(0), symbol="BTCUSDT", orderId=1)
    assert by_order.headers["X-MBX-USED-WEIGHT-1M"] == "66"


def test_each_sapi_endpoint_has_a_bucket_of_its_own(open_venue: OpenVenue) -> None:
    venue = open_venue(limits_factor=1)
    master = venue.credential(0)
    snapshot = venue.signed("/sapi/v1/accountSnapshot", master, type="SPOT")
    assert snapshot.headers["X-SAPI-USED-IP-WEIGHT-1M"] == "2400"
    deposits = venue.signed("/sapi/v1/capital/deposit/hisrec", master)
    assert deposits.headers["X-SAPI-USED-IP-WEIGHT-1M"] == "1"
    withdrawals = venue.signed("/sapi/v1/capital/withdraw/history", master)
    assert withdrawals.headers["X-SAPI-USED-UID-WEIGHT-1S"] == "18000"
    other = venue.signed("/sapi/v1/capital/withdraw/history", venue.credential(1))
    assert other.headers["X-SAPI-USED-UID-WEIGHT-1S"] == "18000"


def test_a_full_minute_is_429_and_the_next_minute_is_free(open_venue: OpenVenue) -> None:
    """Minutes are the calendar minutes of the venue's clock, which is held here."""
    venue = open_venue(datetime(2026, 1, 14, 0, 5, 12, tzinfo=UTC), limits_factor=1)
    master = venue.credential(0)
    for _ in range(5):
        venue.read("/sapi/v1/accountSnapshot", master, type="SPOT")
    refused = venue.signed("/sapi/v1/accountSnapshot", master, type="SPOT")
    assert (refused.status_code, refused.json()["code"]) == (429, -1003)
    assert refused.headers["Retry-After"] == "48"
    venue.emulation.clock.advance_to(datetime(2026, 1, 14, 0, 6, tzinfo=UTC))
    venue.read("/sapi/v1/accountSnapshot", master, type="SPOT")


def test_going_on_after_429_is_a_ban_of_everything(open_venue: OpenVenue) -> None:
    venue = open_venue(datetime(2026, 1, 14, 0, 5, 12, tzinfo=UTC), limits_factor=1)
    master = venue.credential(0)
    statuses = [
        venue.signed("/sapi/v1/accountSnapshot", master, type="SPOT").status_code for _ in range(11)
    ]
    assert statuses == [200] * 5 + [429] * 5 + [418]
    banned = venue.http.get("/api/v3/time")
    until = now(venue) + 120_000
    assert (banned.status_code, banned.headers["Retry-After"]) == (418, "120")
    assert f"IP banned until {until}." in banned.json()["msg"]
    venue.emulation.clock.advance_to(datetime(2026, 1, 14, 0, 7, 12, tzinfo=UTC))
    assert venue.http.get("/api/v3/time").status_code == 200


def test_the_factor_widens_every_bucket(open_venue: OpenVenue) -> None:
    venue = open_venue(limits_factor=3)
    for _ in range(15):
        venue.read("/sapi/v1/accountSnapshot", venue.credential(0), type="SPOT")
    assert venue.signed("/sapi/v1/accountSnapshot", venue.credential(0), type="SPOT").is_error
    limits = venue.http.get("/api/v3/exchangeInfo").json()["rateLimits"]
    assert limits[0]["limit"] == 18_000
