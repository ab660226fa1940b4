"""Lands what the daily runs of extract would have read of a case's ledger.

For each day that a case closes there is one run, five minutes after midnight: reads before the
captures, the captures, reads after them, each stamped as extract stamps it. Nothing here knows a
verdict, and no venue is asked: what the files in `cases/` tell is all there is.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from coinfrs_pipelines.connectors.binance import streams as binance
from coinfrs_pipelines.connectors.fireblocks import streams as fireblocks
from coinfrs_pipelines.extract import coverage
from coinfrs_pipelines.partitions import midnight

SYMBOLS = ("BTC/USDT", "ETH/USDT", "BNB/USDT", "ETH/BTC")
CLOSING_TIME = timedelta(minutes=5)
MICROSECOND = timedelta(microseconds=1)
RESOLUTION = {"binance": timedelta(milliseconds=1), "fireblocks": timedelta(seconds=1)}
# These streams answer one kind of account only.
READ_BY = {"universal_transfers": "master", "sub_account_transfers": "sub_account"}
BEFORE, AFTER = "before_captures", "after_captures"
STREAMS = {
    stream.name: stream
    for stream in (*binance.STREAMS, *fireblocks.STREAMS)
    if stream.is_read and stream.wallets
}


@dataclass
class Record:
    """Something the venue shows from `since` on; `state` tells what it looks like at an instant."""

    stream: str
    source_raw_id: str
    since: datetime
    state: Callable[[datetime], dict[str, Any]]
    shown_to: tuple[str, ...]
    first_run: date | None = None


@dataclass
class Account:
    """One registered key. `ref` is the uid or the workspace id."""

    name: str
    kind: str
    ref: str
    email: str
    environment: str = "emulator"
    data_source_id: UUID | None = None

    @property
    def venue(self) -> str:
        return "fireblocks" if self.kind == "workspace" else "binance"


@dataclass
class Ledger:
    """All that a case tells."""

    owner: str
    accounts: dict[str, Account] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    # (day, account, wallet or wallet/vault) -> rows of balances
    captures: dict[tuple[date, str, str], list[dict[str, str]]] = field(default_factory=dict)
    snapshots: dict[tuple[date, str], list[dict[str, str]]] = field(default_factory=dict)
    torn: list[tuple[date, str, str]] = field(default_factory=list)
    missing: dict[tuple[date, str, str], str] = field(default_factory=dict)
    revoked: set[tuple[date, str]] = field(default_factory=set)
    unread: set[tuple[date, str, str | None]] = field(default_factory=set)
    quarantined: list[tuple[date, str, str]] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        """The days that a run closes, in order."""
        days = {key[0] for key in (*self.captures, *self.missing)}
        return sorted(days | {day for day, _ in self.revoked})


class Landing:
    """Writes what the runs of one case read, in the order in which they would have landed it."""

    def __init__(self, connection: psycopg.Connection, ledger: Ledger) -> None:
        self._connection = connection
        self._ledger = ledger
        self._landed: dict[tuple[str, str, str], str] = {}
        self._last_closing: dict[str, datetime] = {}

    def land(self) -> None:
        """Register the accounts and carry out one run for each day."""
        owner = self._one(
            "insert into auth.users (email) values (%s) returning id",
            f"{self._ledger.owner}@scenarios.invalid",
        )
        for account in self._ledger.accounts.values():
            account.data_source_id = self._one(
                "insert into registry.data_sources"
                " (owner_id, venue, environment, name, account_ref, account_kind)"
                " values (%s, %s, %s, %s, %s, %s) returning id",
                *(owner, account.venue, account.environment, account.name, account.ref),
                account.kind,
            )
        for day in self._ledger.days:
            for account in self._ledger.accounts.values():
                self._run(account, day, midnight(day + timedelta(days=1)) + CLOSING_TIME)

    def _run(self, account: Account, day: date, now: datetime) -> None:
        if (day, account.name) in self._ledger.revoked:
            captured = {w for _, name, w in self._ledger.captures if name == account.name}
            for wallet in sorted({w.split("/")[0] for w in captured}):
                self._outcome(account, day, wallet, "failed", "unauthorised")
            return
        if account.kind == "master":
            self._land_references(account, now)
        for name, stream in STREAMS.items():
            if stream.venue == account.venue and (stream.changes_unseen or name == "transactions"):
                self._read(account, name, day, now, BEFORE)
        self._capture(account, day, now)
        for name, stream in STREAMS.items():
            if stream.venue == account.venue:
                self._read(account, name, day, now, AFTER)
        if any(key[:2] == (day, account.name) for key in self._ledger.captures):
            self._last_closing[account.name] = now

    def _land_references(self, account: Account, now: datetime) -> None:
        symbols = [
            {"symbol": s.replace("/", ""), "status": "TRADING"}
            | dict(zip(("baseAsset", "quoteAsset"), s.split("/"), strict=True))
            for s in SYMBOLS
        ]
        self._row(account, "symbols", "exchange_info", symbols, now, BEFORE, now)
        for sub in self._ledger.accounts.values():
            if sub.kind == "sub_account":
                listed = {"subUserId": int(sub.ref), "email": sub.email, "remark": sub.name}
                self._row(account, "sub_accounts", sub.ref, listed, now, BEFORE, now)

    def _read(self, account: Account, name: str, day: date, now: datetime, phase: str) -> None:
        """Land the records of a stream that the venue shows at `now`, and what that proves."""
        if (day, name, None) in self._ledger.unread:
            return
        if READ_BY.get(name, account.kind) != account.kind:
            return
        for record in self._ledger.records:
            is_shown = record.since < now and (record.first_run or day) <= day
            if record.stream == name and account.name in record.shown_to and is_shown:
                payload = record.state(now)
                self._row(account, name, record.source_raw_id, payload, now, phase, record.since)
        if (day, account.name, name) in self._ledger.quarantined:
            self._refuse(account, name, now)
        span = (self._begins(account, name, now), now)
        for scope in self._scopes(name):
            if (day, name, scope) not in self._ledger.unread:
                self._interval(account, name, scope, span, self._stamp(account, now, phase))

    def _begins(self, account: Account, name: str, now: datetime) -> datetime | None:
        """Return from where a stream is read: a trailing window before the last closing."""
        if name == "spot_trades":
            return None
        if name == "transactions" and account.name not in self._last_closing:
            return coverage.BEGINNING
        opening = self._last_closing.get(account.name, now)
        return midnight(opening.date()) - STREAMS[name].trailing

    def _scopes(self, name: str) -> tuple[str, ...]:
        rule = STREAMS[name].scope_rule
        if rule == "symbols":
            return tuple(symbol.replace("/", "") for symbol in SYMBOLS)
        subs = [a.email for a in self._ledger.accounts.values() if a.kind == "sub_account"]
        if rule in {"emails", "own_email"}:
            return ("", *subs) if rule == "emails" else tuple(subs)
        if rule == "managed_emails":
            return ()
        return STREAMS[name].scopes if rule == "fixed" else ("",)

    def _capture(self, account: Account, day: date, now: datetime) -> None:
        for (of_day, name, wallet), rows in self._ledger.captures.items():
            if (of_day, name) == (day, account.name):
                self._reading(account, "live_captures", day, now, wallet, rows)
                self._outcome(account, day, wallet.split("/")[0], "read", None)
        for of_day, name, wallet in self._ledger.torn:
            if (of_day, name) == (day, account.name):
                self._reading(account, "live_captures", day, now, wallet, [], is_whole=False)
        for (of_day, name, wallet), reason in self._ledger.missing.items():
            if (of_day, name) == (day, account.name):
                self._outcome(account, day, wallet, "failed", reason)
        for (of_day, name), rows in self._ledger.snapshots.items():
            if (of_day, name) == (day, account.name):
                at = midnight(day + timedelta(days=1))
                self._reading(account, "account_snapshots", day, at, "spot", rows)

    def _reading(
        self,
        account: Account,
        table: str,
        day: date,
        at: datetime,
        wallet: str,
        rows: list[dict[str, str]],
        *,
        is_whole: bool = True,
    ) -> None:
        wallet, _, vault = wallet.partition("/")
        ended_at = at
        balances: dict[str, Any]
        if table == "account_snapshots":
            balances = {"data": {"balances": rows}}
        else:
            ended_at = at + RESOLUTION[account.venue] - MICROSECOND
            balances = {"asset_wallets": rows}
            if wallet == "spot":
                balances = {
                    "account": {"balances": rows, "tradeGroupId": -1},
                    "user_assets": rows,
                }
            elif wallet == "funding":
                balances = {"funding_assets": rows}
        ref = f"{account.ref}/{vault}" if vault else account.ref
        request = self._request(account, table, at, "captures", at)
        self._connection.execute(
            f"insert into staging_{account.venue}.raw_{table} (data_source_id, account_ref,"
            " source_raw_id, account_type, wallet, taken_at, reading_ended_at, closes_day,"
            " is_whole, balances, payload_sha256, request_id, ordinal, run_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, 0, 'run')",
            [
                *(account.data_source_id, ref, f"{wallet}:{at.isoformat()}", vault or "SPOT"),
                *(wallet, at, ended_at, day, is_whole, json.dumps(balances), request),
            ],
        )

    def _row(
        self,
        account: Account,
        stream: str,
        source_raw_id: str,
        payload: object,
        now: datetime,
        phase: str,
        occurred_at: datetime,
    ) -> None:
        text = json.dumps(payload)
        key = (str(account.data_source_id), stream, source_raw_id)
        if self._landed.get(key) == text:
            return
        self._landed[key] = text
        request = self._request(account, stream, now, phase, self._stamp(account, now, phase))
        self._connection.execute(
            f"insert into staging_{account.venue}.raw_{stream} (data_source_id, account_ref,"
            " source_raw_id, raw_payload, occurred_at, payload_sha256, request_id, ordinal, run_id)"
            " values (%s, %s, %s, %s, %s, %s, %s, 0, 'run')",
            [
                *(account.data_source_id, account.ref, source_raw_id, text, occurred_at),
                *(hashlib.sha256(text.encode()).digest(), request),
            ],
        )

    def _refuse(self, account: Account, stream: str, now: datetime) -> None:
        request = self._request(account, stream, now, AFTER, self._stamp(account, now, AFTER))
        self._connection.execute(
            f"insert into staging_{account.venue}.quarantine (data_source_id, account_ref,"
            " source_raw_id, stream, raw_text, occurred_at, error, payload_sha256, request_id,"
            " ordinal, run_id) values (%s, %s, 'refused', %s, '', %s, 'no', '', %s, 0, 'run')",
            [account.data_source_id, account.ref, stream, now - timedelta(hours=12), request],
        )

    def _request(
        self, account: Account, stream: str, now: datetime, phase: str, observed_at: datetime
    ) -> Any:
        return self._one(
            "insert into coverage.requests (data_source_id, run_id, stream, phase, method, path,"
            " query, status, weight, observed_at, sent_at, duration_ms)"
            " values (%s, 'run', %s, %s, 'GET', '/', '', 200, 1, %s, %s, 1) returning id",
            *(account.data_source_id, stream, phase, observed_at, now),
        )

    def _interval(
        self,
        account: Account,
        stream: str,
        scope: str,
        span: tuple[datetime | None, datetime],
        as_of: datetime,
    ) -> None:
        self._connection.execute(
            "insert into coverage.intervals"
            " (data_source_id, account_ref, stream, scope, proven, as_of, run_id)"
            " values (%s, %s, %s, %s, tstzrange(%s, %s), %s, 'run')",
            [account.data_source_id, account.ref, stream, scope, *span, as_of],
        )

    def _outcome(
        self, account: Account, day: date, wallet: str, result: str, reason: str | None
    ) -> None:
        self._connection.execute(
            "insert into coverage.outcomes"
            " (run_id, data_source_id, account_ref, subject, subject_kind, day, result, reason)"
            " values ('run', %s, %s, %s, 'capture', %s, %s, %s)",
            [account.data_source_id, account.ref, wallet, day, result, reason],
        )

    def _stamp(self, account: Account, now: datetime, phase: str) -> datetime:
        return now - MICROSECOND if phase == BEFORE else now + RESOLUTION[account.venue]

    def _one(self, statement: str, *parameters: object) -> Any:
        row = self._connection.execute(statement, parameters).fetchone()
        assert row is not None
        return row[0]


def register_streams(connection: psycopg.Connection) -> None:
    """Write the register of streams as extract does at the start of a run."""
    for streams in (binance.STREAMS, fireblocks.STREAMS):
        coverage.register_streams(connection, streams)
