"""Ask the venue for a file of all income of a span, wait for it, and fetch it.

The way to what is older than the live endpoint tells. It is dear (a few files a month, the web
site's included), so whether to ask is decided with care elsewhere; here is how. The file may come
packed; what is in it stands in `files.py`.
"""

import gzip
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.binance.auth import CM_IP, PM_IP, UM_IP, VENUE
from coinfrs_pipelines.connectors.binance.files import (
    CM_INCOME_FILES,
    PM_UM_INCOME_FILES,
    UM_INCOME_FILES,
    Kind,
)
from coinfrs_pipelines.connectors.errors import Permanent
from coinfrs_pipelines.connectors.http import FILE_BYTES_MAX, VenueClient
from coinfrs_pipelines.connectors.streams import MILLISECOND
from coinfrs_pipelines.connectors.wire import EPOCH, Bucket, Endpoint, Exchange

# "The time between startTime and endTime can not be longer than 1 year."
WIDEST = timedelta(days=364)
# The documents say seven days, older ones a single one.
LINK_LASTS = timedelta(days=1)
# What the readers of packed files raise of one that is damaged, or packed in an unknown way.
_DAMAGED = (
    *(ValueError, OSError, EOFError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
# The host of the files tells no limit: far more than is ever fetched, and an end of it.
DOWNLOADS = Bucket("downloads", 1_000)


@dataclass(frozen=True)
class Download:
    """A kind of file that is asked for: `ask` gives it a number, `poll` tells when it is made.

    `file` is no path of the venue: the name under which the fetched file stands in the evidence.
    """

    kind: Kind
    ask: Endpoint
    poll: Endpoint

    @property
    def file(self) -> Endpoint:
        """What a fetched file is kept under."""
        return Endpoint(f"{self.ask.path}/file", 1, DOWNLOADS, signed=False, api="downloads")


UM_INCOME_DOWNLOAD = Download(
    UM_INCOME_FILES,
    Endpoint("/fapi/v1/income/asyn", 1000, UM_IP, api="um"),
    Endpoint("/fapi/v1/income/asyn/id", 10, UM_IP, api="um"),
)
CM_INCOME_DOWNLOAD = Download(
    CM_INCOME_FILES,
    Endpoint("/dapi/v1/income/asyn", 1000, CM_IP, api="cm"),
    Endpoint("/dapi/v1/income/asyn/id", 5, CM_IP, api="cm"),
)
# Few: five a month. The coin-margined ledger has no such file.
PM_UM_INCOME_DOWNLOAD = Download(
    PM_UM_INCOME_FILES,
    Endpoint("/papi/v1/um/income/asyn", 1500, PM_IP, api="pm"),
    Endpoint("/papi/v1/um/income/asyn/id", 10, PM_IP, api="pm"),
)
INCOME_DOWNLOADS = (UM_INCOME_DOWNLOAD, CM_INCOME_DOWNLOAD, PM_UM_INCOME_DOWNLOAD)


def span_params(start: datetime, end: datetime) -> dict[str, str]:
    """Return how the span [start, end) is asked for; the venue's ends both belong to it."""
    first, last = (start - EPOCH) // MILLISECOND, (end - EPOCH) // MILLISECOND - 1
    return {"startTime": str(first), "endTime": str(last)}


def ask(client: VenueClient, download: Download, start: datetime, end: datetime) -> str:
    """Ask for a file of the span [start, end) and return its number. Raises VenueError."""
    return number_in(client.call(download.ask, span_params(start, end)).body)


def number_in(body: bytes) -> str:
    """Return the number that the answer to `ask` gave a file. Raises Permanent without one."""
    number = _told(body, "downloadId")
    if not isinstance(number, str) or not number:
        raise Permanent(VENUE, "The file that was asked for got no number.")
    return number


def poll(client: VenueClient, download: Download, number: str) -> str | None:
    """Return the link of a file, or None while the venue is still making it.

    Raises:
        Permanent: the link has expired, or the answer tells no state that is known.
        VenueError: the venue refuses.

    """
    body = client.call(download.poll, {"downloadId": number}).body
    status, link = _told(body, "status"), _told(body, "url")
    if status == "processing":
        return None
    if _told(body, "isExpired") is True:
        raise Permanent(VENUE, f"The link of the file {number} has expired.")
    if status != "completed" or not isinstance(link, str) or not link:
        raise Permanent(VENUE, f"The file {number} is in a state that nobody knows.")
    return link


def fetch(client: VenueClient, download: Download, number: str, link: str) -> Exchange:
    """Fetch a file that is made. Raises as `VenueClient.fetch`."""
    return client.fetch(link, download.file, f"downloadId={number}")


def csv_in(body: bytes) -> bytes:
    """Return the one CSV of a file, unpacked.

    Raises:
        Permanent: it is packed in a way that nobody knows, or holds more than one file.

    """
    try:
        if body.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                [member] = archive.namelist()
                with archive.open(member) as packed:
                    return _limited(packed.read(FILE_BYTES_MAX + 1))
        if body.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(body)) as packed_whole:
                return _limited(packed_whole.read(FILE_BYTES_MAX + 1))
    except _DAMAGED:
        raise Permanent(VENUE, "The file is packed in a way that nobody knows.") from None
    return body


def _limited(body: bytes) -> bytes:
    if len(body) > FILE_BYTES_MAX:
        raise Permanent(VENUE, "The file is larger than any that is believed.")
    return body


def _told(body: bytes, name: str) -> Any:
    try:
        return payloads.read(body.decode()).get(name)
    except (payloads.PayloadError, UnicodeDecodeError):
        raise Permanent(VENUE, "What was told of a file is not readable.") from None
