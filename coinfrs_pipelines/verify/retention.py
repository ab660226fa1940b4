"""What a venue is about to forget: the check that warns while there is time to read it.

Some venues serve their history for months only. The arithmetic is dbt's (`completeness.retention`);
what is lost already stays unproven, unless a file fills it.
"""

import dagster as dg
import psycopg

from coinfrs_pipelines.core import database

ROLE: database.Role = "bi_reader"
TABLE = dg.AssetKey(["completeness", "retention"])
ROWS_SHOWN_MAX = 100

FORGETTING = """
select
    accounts.venue || ' ' || coalesce(accounts.name, accounts.external_id), retention.stream,
    retention.scope, retention.state, retention.unread_from, retention.forgotten_at,
    retention.days_left
from completeness.retention
join canonical.accounts using (account_id)
where retention.state <> 'safe'
order by retention.forgotten_at, 1, 2
"""


@dg.asset_check(
    asset=TABLE,
    name="nothing_is_about_to_be_forgotten",
    description="Everything that a venue serves for a limited time is read a week before it ends.",
)
def nothing_is_about_to_be_forgotten() -> dg.AssetCheckResult:
    """Warn of history that was never read and that the venue forgets within a week, or has."""
    with database.connect(ROLE) as connection:
        found = _forgetting(connection)
    lost = sum(1 for record in found if record.data["state"] == "lost")
    shown = {"streams": dg.MetadataValue.table(found[:ROWS_SHOWN_MAX])} if found else {}
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "at_risk": len(found) - lost,
            "lost": lost,
            **shown,
        },
    )


def _forgetting(connection: psycopg.Connection) -> list[dg.TableRecord]:
    return [
        dg.TableRecord(
            {
                "account": account,
                "stream": f"{stream}/{scope}" if scope else stream,
                "state": state,
                "unread from": str(unread_from),
                "forgotten at": str(forgotten_at),
                "days left": days_left,
            }
        )
        for account, stream, scope, state, unread_from, forgotten_at, days_left in (
            connection.execute(FORGETTING).fetchall()
        )
    ]
