"""The ways a venue can misbehave towards one world, injected by the admin API.

Without an injected fault a world behaves as documented. A fault never touches the ledger: balances
move all the same, only what a face tells changes. The faces of both venues ask the questions below
and know nothing of who injected what.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from coinfrs_pipelines.emulator import injections
from coinfrs_pipelines.emulator.injections import (
    Dropped,
    Failure,
    Fault,
    Hidden,
    HiddenWallet,
    Late,
    MissingSnapshot,
    Repeat,
    Revoked,
    Skew,
    StaleWallet,
)

Kind = TypeVar("Kind", bound=Fault)


@dataclass
class Faults:
    """All faults of one world. Every `takes_…` question uses up one request of a counted fault."""

    injected: list[Fault] = field(default_factory=list)
    # Asked for every row of every answer, and therefore by their events.
    _hidden: dict[str, Hidden] = field(default_factory=dict)
    _late: dict[str, Late] = field(default_factory=dict)
    _dropped: dict[str, list[Dropped]] = field(default_factory=dict)

    def keeps_back(self, event_id: str, now: datetime) -> bool:
        """Return whether no face knows of the event at `now`: it is in no page and in no total."""
        hidden, late = self._hidden.get(event_id), self._late.get(event_id)
        if hidden is not None:
            return hidden.strikes()
        return late is not None and now < late.shown_from and late.strikes()

    def takes_drop(self, event_id: str, path: str) -> bool:
        """Return whether this answer, which would hold the event's rows, leaves them out.

        Ask only for what stands in the answer: a page that is counted to its end, and in a total.
        """
        return any(
            path.startswith(drop.path) and drop.strikes()
            for drop in self._dropped.get(event_id, ())
        )

    def is_hidden(self, event_id: str) -> bool:
        """Return whether no face ever shows the event."""
        return event_id in self._hidden

    def takes_failure(self, path: str) -> Failure | None:
        """Return the failure that this request must answer with, or None."""
        return next(
            (
                fault
                for fault in self._of(Failure)
                if path.startswith(fault.path) and fault.strikes()
            ),
            None,
        )

    def takes_skew(self) -> timedelta:
        """Return how far the time that the venue tells (never the one it checks by) is off."""
        return next((fault.offset for fault in self._of(Skew) if fault.strikes()), timedelta(0))

    def takes_repeat(self, path: str, page_size: int) -> int:
        """Return by how many rows a page early begins; ask only for pages after the first.

        A page that comes again hides what stands in its place. The same shift for all pages of a
        walk, as after a new row on top of a newest-first list, brings rows twice and loses none.
        """
        for repeat in self._of(Repeat):
            if path.startswith(repeat.path) and repeat.strikes():
                return page_size if repeat.rows is None else repeat.rows
        return 0

    def snapshot_is_missing(self, account_ref: str, day: date) -> bool:
        """Return whether the daily snapshot of the account was never made."""
        return any(
            (fault.account_ref, fault.day) == (account_ref, day) and fault.strikes()
            for fault in self._of(MissingSnapshot)
        )

    @property
    def hides_wallets(self) -> bool:
        """Whether the venue lists some wallet no more."""
        return any(self._of(HiddenWallet))

    def shows_wallet(self, account_ref: str, asset: str) -> bool:
        """Return whether the venue still lists the wallet of an asset."""
        return not any(
            (fault.account_ref, fault.asset) == (account_ref, asset) and fault.strikes()
            for fault in self._of(HiddenWallet)
        )

    def takes_stale_wallet(self, account_ref: str, asset: str) -> datetime | None:
        """Return the instant as of which this answer must tell the wallet, or None for now."""
        for stale in self._of(StaleWallet):
            is_meant = (stale.account_ref, stale.asset) == (account_ref, asset)
            if is_meant and stale.strikes():
                return stale.at
        return None

    def is_revoked(self, api_key: str) -> bool:
        """Return whether the key no longer opens anything."""
        return any(fault.api_key == api_key and fault.strikes() for fault in self._of(Revoked))

    def _of(self, kind: type[Kind]) -> Iterable[Kind]:
        return (fault for fault in self.injected if isinstance(fault, kind))

    def clear(self) -> None:
        """Return to the fault-free default."""
        self.__init__()  # type: ignore[misc]  # A dataclass's own way to its defaults.

    def inject(self, told: Mapping[str, Any]) -> None:
        """Add one fault given as JSON, as `injections.read` reads it.

        Raises:
            UnknownFaultError: there is no such fault, or a parameter of it is missing or wrong.

        """
        fault = injections.read(told)
        self.injected.append(fault)
        if isinstance(fault, Hidden):
            self._hidden[fault.event_id] = fault
        elif isinstance(fault, Late):
            self._late[fault.event_id] = fault
        elif isinstance(fault, Dropped):
            self._dropped.setdefault(fault.event_id, []).append(fault)

    def felt(self) -> list[dict[str, Any]]:
        """Tell every fault as it was injected, with what is left of it and how often it struck."""
        return [
            {"fault": dict(fault.told), "left": fault.requests, "struck": fault.struck}
            for fault in self.injected
        ]
