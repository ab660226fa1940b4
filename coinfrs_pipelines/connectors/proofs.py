"""What a proof that a key may only read consists of, how it fails, and which accounts a key shows.

The probes themselves are each venue's (`permissions.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coinfrs_pipelines.connectors.errors import Banned, Throttled, Transient, VenueError


@dataclass(frozen=True)
class Proof:
    """A key was shown to be read-only.

    `account_ref` is what it sees: a Binance uid, a Fireblocks workspace id. `account_kind` is
    master, sub_account or workspace; `evidence` is what was probed and answered, as JSON.
    """

    account_ref: str
    account_kind: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class SeenAccount:
    """An account that a key shows.

    `external_id` is the venue's own reference: a Binance uid; a Fireblocks workspace id, a slash
    and the id of the vault account. `kind` is master, sub_account or vault_account; `name` is what
    the venue calls it; `parent_ref` is a sub-account's master where the master's key shows it.
    """

    external_id: str
    name: str | None
    kind: str
    parent_ref: str | None = None


class NotReadOnly(Exception):  # noqa: N818 -- the name states the refusal.
    """A key may do more than read, or it could not be shown that it may not.

    `reason` is a stable code: may_write, unclear, or the reason of the venue's error, which is
    `venue_error` then. The text says what to do next and names no secret. `evidence` is what was
    probed and answered by then, as JSON.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        venue_error: VenueError | None = None,
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.venue_error = venue_error
        self.evidence = dict(evidence or {})
        super().__init__(detail)

    @property
    def retry_later(self) -> bool:
        """Whether the same key may pass later: the venue was busy or did not answer."""
        return isinstance(self.venue_error, Transient | Throttled | Banned)


def refused(error: VenueError, evidence: Mapping[str, Any] | None = None) -> NotReadOnly:
    """Return the refusal of a key whose probe the venue did not answer as expected."""
    return NotReadOnly(
        error.reason,
        f"The key could not be proven read-only. The venue said: {error}",
        venue_error=error,
        evidence=evidence,
    )
