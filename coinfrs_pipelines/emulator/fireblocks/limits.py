"""How many requests a workspace may make: per endpoint and calendar minute of the venue's clock.

The counters are shared by all API users of the workspace. The numbers are those that the venue
granted a customer of its highest tier; it publishes none.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from coinfrs_pipelines.emulator.fireblocks import refusals

_MINUTE = timedelta(minutes=1)
REQUESTS_PER_MINUTE = {"/v1/transactions": 1_000, "/v1/transactions/{tx_id}": 1_500}
_OTHERS_PER_MINUTE = 1_000


class Limits:
    """Counts the requests of every workspace; `factor` scales all limits."""

    def __init__(self, factor: Decimal) -> None:
        self._factor = factor
        self._counts: dict[tuple[str, str], tuple[datetime, int]] = {}

    def spend(self, workspace_id: str, endpoint: str, now: datetime) -> dict[str, str]:
        """Count a request and return the headers that tell what is left.

        Raises:
            Refusal: the minute's limit is reached; the request is not counted.

        """
        limit = int(REQUESTS_PER_MINUTE.get(endpoint, _OTHERS_PER_MINUTE) * self._factor)
        minute = now.replace(second=0, microsecond=0)
        begun, count = self._counts.get((workspace_id, endpoint), (minute, 0))
        if begun != minute:
            count = 0
        left = max(0, limit - count - 1)
        seconds = max(1, -((now - minute - _MINUTE) // timedelta(seconds=1)))
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-WindowSize": "60",
            "Retry-After": str(seconds),
        }
        if count >= limit:
            raise refusals.too_many_requests(headers)
        self._counts[workspace_id, endpoint] = (minute, count + 1)
        return headers
