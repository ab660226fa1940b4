"""Which accounts each data source's key shows: the list that people map into location groups.

Kept whenever a key is proven, in `registry.data_source_accounts`, in the role `coinfrs_registry`.
What the extraction finds is evidence and stays apart: `canonical.accounts` is made of that.
"""

from collections.abc import Iterable
from typing import Protocol

import psycopg

from coinfrs_pipelines.core.data_sources import DataSource, account_id


class Seen(Protocol):
    """An account as a venue's key shows it; see `connectors.proofs.SeenAccount`."""

    @property
    def external_id(self) -> str:
        """Return the venue's own reference."""
        ...

    @property
    def name(self) -> str | None:
        """Return what the venue calls it."""
        ...

    @property
    def kind(self) -> str:
        """Return master, sub_account or vault_account."""
        ...

    @property
    def parent_ref(self) -> str | None:
        """Return the venue's reference of a sub-account's master."""
        ...


def record(conn: psycopg.Connection, data_source: DataSource, seen: Iterable[Seen]) -> None:
    """Keep what a key shows now; what it showed before and no longer does stays, with its date."""
    owner_id, venue, environment = data_source.owner_id, data_source.venue, data_source.environment
    rows = [
        (
            data_source.id,
            account_id(owner_id, venue, environment, account.external_id),
            account.external_id,
            account.name
            or (data_source.name if account.external_id == data_source.account_ref else None),
            account.kind,
            None
            if account.parent_ref is None
            else account_id(owner_id, venue, environment, account.parent_ref),
        )
        for account in seen
    ]
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(
            """
            insert into registry.data_source_accounts
                (data_source_id, account_id, external_id, name, kind, parent_account_id)
            values (%s, %s, %s, %s, %s, %s)
            on conflict (data_source_id, account_id) do update set
                name = excluded.name,
                kind = excluded.kind,
                parent_account_id = excluded.parent_account_id,
                last_seen_at = clock_timestamp()
            """,
            rows,
        )
