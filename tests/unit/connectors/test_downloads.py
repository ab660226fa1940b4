"""Files that the venue makes: asked for, polled, fetched from one host, unpacked."""

import gzip
import io
import logging
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coinfrs_pipelines.connectors import http
from coinfrs_pipelines.connectors.binance.downloads import (
    CM_INCOME_DOWNLOAD,
    DOWNLOADS,
    UM_INCOME_DOWNLOAD,
    ask,
    csv_in,
    fetch,
    poll,
)
from coinfrs_pipelines.connectors.errors import Permanent, Throttled, Transient
from coinfrs_pipelines.connectors.http import LocalBudget

SAMPLES = Path(__file__).parents[2] / "samples" / "binance"
CSV = b"Date(UTC),type,Amount,Asset,Symbol,Transaction ID\r\n"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def test_the_published_answers_are_read(binance: Any) -> None:
    answers = {
        "/fapi/v1/income/asyn": sample("GET_fapi_v1_income_asyn.json"),
        "/fapi/v1/income/asyn/id": sample("GET_fapi_v1_income_asyn_id.json"),
        "/dapi/v1/income/asyn/id": sample("GET_fapi_v1_income_asyn_id__processing.json"),
    }
    made = binance(lambda asked: answers[asked.path])
    assert ask(made.client, UM_INCOME_DOWNLOAD, START, END) == "546975389218332672"
    [asked] = [each for each in made.venue.asked if each.path.endswith("asyn")]
    assert asked.query["startTime"] == "1767225600000"
    assert asked.query["endTime"] == "1767311999999"
    assert poll(made.client, UM_INCOME_DOWNLOAD, "545923594199212032") == "www.binance.com"
    assert poll(made.client, CM_INCOME_DOWNLOAD, "545923594199212032") is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"status": "failed", "url": ""},
        {"status": "completed", "url": ""},
        {"status": "completed", "url": "www.binance.com", "isExpired": True},
        [],
    ],
)
def test_a_state_that_nobody_knows_is_an_error(binance: Any, told: Any) -> None:
    with pytest.raises(Permanent):
        poll(binance(lambda _: told).client, UM_INCOME_DOWNLOAD, "1")


def test_a_file_is_fetched_without_key_and_signature_and_its_link_is_no_evidence(
    binance: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = binance(lambda _: (200, CSV))
    link = f"{made.venue.url}/bucket/file?Signature=secretsecret"
    exchange = fetch(made.client, UM_INCOME_DOWNLOAD, "7", link)
    assert exchange.body == CSV
    assert (exchange.path, exchange.query) == ("/fapi/v1/income/asyn/file", "downloadId=7")
    assert made.exchanges[-1] is exchange
    asked = made.venue.asked[-1]
    assert asked.target == "/bucket/file?Signature=secretsecret"
    assert not {"x-mbx-apikey", "authorization", "cookie"} & set(asked.headers)
    assert "secretsecret" not in caplog.text


@pytest.mark.parametrize(
    "link",
    [
        "http://[::1",
        "https://[not an address]/x",
        "https://a:port/x",
        "http://\x00/x",
        "http://é.\u202e/",
    ],
)
def test_a_link_that_is_no_address_is_an_error_of_the_venue_and_carries_no_link(
    binance: Any, link: str
) -> None:
    made = binance(lambda _: (200, CSV))
    made.client.refresh_clock()
    with pytest.raises(Permanent) as caught:
        fetch(made.client, UM_INCOME_DOWNLOAD, "7", link)
    assert caught.value.__context__ is None
    assert made.venue.paths() == ["/api/v3/time"]


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.invalid/file",
        "www.binance.com",
        "file:///etc/passwd",
        "//127.0.0.1/file",
        "",
    ],
)
def test_a_link_to_any_other_host_is_refused_without_asking_it(binance: Any, link: str) -> None:
    made = binance(lambda _: (200, CSV))
    made.client.refresh_clock()
    with pytest.raises(Permanent, match="does not lie on"):
        fetch(made.client, UM_INCOME_DOWNLOAD, "7", link)
    sly = made.venue.url.replace("http://", "http://user@")
    with pytest.raises(Permanent):
        fetch(made.client, UM_INCOME_DOWNLOAD, "7", f"{sly}/file")
    assert made.venue.paths() == ["/api/v3/time"]


def test_a_file_is_counted_in_the_budget_of_its_host(binance: Any) -> None:
    budget = LocalBudget()
    made = binance(lambda _: (200, CSV), budget=budget)
    made.client.refresh_clock()
    budget.acquire(DOWNLOADS, DOWNLOADS.limit, made.client.venue_now)
    with pytest.raises(Throttled, match="downloads"):
        fetch(made.client, UM_INCOME_DOWNLOAD, "7", f"{made.venue.url}/file")
    assert "/file" not in made.venue.paths()


def test_a_redirect_is_refused_and_a_failure_of_the_host_tried_again(binance: Any) -> None:
    moved = binance(lambda _: (302, b"", {"Location": "http://127.0.0.1:1/"}))
    with pytest.raises(Permanent, match="302"):
        fetch(moved.client, UM_INCOME_DOWNLOAD, "7", f"{moved.venue.url}/file")
    assert moved.venue.paths() == ["/api/v3/time", "/file"]
    down = binance(lambda _: (503, b""))
    with pytest.raises(Transient):
        fetch(down.client, UM_INCOME_DOWNLOAD, "7", f"{down.venue.url}/file")
    assert down.venue.paths().count("/file") == http.TRIES_MAX


def test_a_file_without_end_is_not_read_to_its_end(
    binance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "FILE_BYTES_MAX", 10)
    made = binance(lambda _: (200, CSV))
    with pytest.raises(Permanent, match="larger"):
        fetch(made.client, UM_INCOME_DOWNLOAD, "7", f"{made.venue.url}/file")


def packed(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def test_a_file_is_unpacked_if_one_csv_is_in_it() -> None:
    assert csv_in(CSV) == csv_in(gzip.compress(CSV)) == csv_in(packed(a=CSV)) == CSV
    for wrong in (packed(a=CSV, b=CSV), packed(a=CSV)[:40], gzip.compress(CSV)[:20]):
        with pytest.raises(Permanent):
            csv_in(wrong)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, None]
)
def test_a_file_damaged_anywhere_is_refused_or_whole(method: int | None) -> None:
    """Whatever the reader of its packing raises, it is one error of this venue."""
    buffer = io.BytesIO()
    if method is None:
        buffer.write(gzip.compress(CSV * 20))
    else:
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.writestr("income.csv", CSV * 20)
    whole, refused = buffer.getvalue(), 0
    # Not the magic numbers: what lacks them is no packed file.
    for at in range(4, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        try:
            assert csv_in(bytes(damaged)) == CSV * 20
        except Permanent:
            refused += 1
    assert refused > 0
