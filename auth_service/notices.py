"""Letters to owners whose keys grew a permission and were disabled, sent in the background.

The daily proof runs in the pipeline, which sends no mail: it leaves a notice in the transaction
that disables a data source. Every running service looks for notices; one is claimed by moving its
next attempt into the future, so that no transaction is open while a mail server takes its time. A
letter that was not taken is sent again later, and one whose service died at the wrong moment comes
twice: at least once, never lost.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import anyio.to_thread
import structlog
from sqlalchemy import Engine, Interval, func, literal, select

from auth_service.logs import describe
from auth_service.mail import key_disabled
from auth_service.registry.tables import DATA_SOURCES, NOTICES, USERS
from auth_service.services import Services

LOOK_EVERY_SECONDS = 5.0
# Doubled with each attempt, to about a day.
FIRST_WAIT = timedelta(minutes=1)
_DOUBLINGS_MAX = 10


@dataclass(frozen=True)
class _Notice:
    id: UUID
    data_source_id: UUID
    email: str
    data_source: str
    venue: str
    reason: str


async def keep_sending(services: Services) -> None:
    """Send what there is to tell, until cancelled; a failure is logged and tried again."""
    while True:
        try:
            while await _send_next(services):
                pass
        except Exception as error:  # noqa: BLE001 -- the database may be down for a while.
            structlog.get_logger().error("notices_failed", **describe(error))
        await asyncio.sleep(LOOK_EVERY_SECONDS)


async def _send_next(services: Services) -> bool:
    """Send one letter that is due, and tell whether there was one."""
    notice = await anyio.to_thread.run_sync(_claim, services.registry)
    if notice is None:
        return False
    letter = key_disabled(
        notice.email,
        data_source=notice.data_source,
        venue=notice.venue.capitalize(),
        reason=notice.reason,
        service=services.settings.public_base_url,
    )
    if await services.mail.send(letter):
        await anyio.to_thread.run_sync(_keep_sent, services.registry, notice.id)
        structlog.get_logger().info(
            "owner_told_of_disabled_key", data_source_id=str(notice.data_source_id)
        )
    return True


def _claim(registry: Engine) -> _Notice | None:
    """Take a notice that is due, which is nobody else's until its next attempt."""
    now = func.clock_timestamp()
    doublings = func.least(NOTICES.c.attempts, _DOUBLINGS_MAX)
    due = (
        select(NOTICES.c.id)
        .where(NOTICES.c.sent_at.is_(None), NOTICES.c.next_attempt_at <= now)
        .order_by(NOTICES.c.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    claim = (
        NOTICES.update()
        .where(
            NOTICES.c.id == due.scalar_subquery(),
            DATA_SOURCES.c.id == NOTICES.c.data_source_id,
            USERS.c.id == DATA_SOURCES.c.owner_id,
        )
        .values(
            attempts=NOTICES.c.attempts + 1,
            next_attempt_at=now + literal(FIRST_WAIT, Interval) * func.power(2, doublings),
        )
        .returning(
            NOTICES.c.id,
            NOTICES.c.data_source_id,
            USERS.c.email,
            DATA_SOURCES.c.name.label("data_source"),
            DATA_SOURCES.c.venue,
            DATA_SOURCES.c.disabled_reason.label("reason"),
        )
    )
    with registry.begin() as connection:
        row = connection.execute(claim).one_or_none()
    return None if row is None else _Notice(**row._mapping)  # noqa: SLF001 -- its public name.


def _keep_sent(registry: Engine, notice_id: UUID) -> None:
    with registry.begin() as connection:
        connection.execute(
            NOTICES.update().where(NOTICES.c.id == notice_id).values(sent_at=func.clock_timestamp())
        )
