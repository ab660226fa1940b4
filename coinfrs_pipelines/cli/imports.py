"""`coinfrs import`: land a file that the venue made, for the days that its endpoints forgot."""

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coinfrs_pipelines.cli.errors import RefusedError, plainly
from coinfrs_pipelines.cli.owners import OwnerOfName, named
from coinfrs_pipelines.console import print_json, say

if TYPE_CHECKING:
    from coinfrs_pipelines.extract.files import Imported

# What PostgreSQL stores in one value, compressed, with room to spare.
FILE_BYTES_MAX = 512 * 1024 * 1024
OFFSET = re.compile(r"([+-]?)(\d{1,2})(?::([0-5]\d))?")
OFFSET_MAX = timedelta(hours=14)


@plainly
def import_(  # noqa: PLR0913, PLR0917 -- an option each, passed by name.
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV, as the venue gave it.")],
    source: Annotated[str, typer.Option(help="The data source whose account it is of.")],
    kind: Annotated[
        str,
        typer.Option(
            help="um_income, cm_income, pm_um_income, spot_trades or transaction_history."
        ),
    ],
    first: Annotated[
        datetime,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], metavar="DAY", help="First day asked for at the venue."
        ),
    ],
    last: Annotated[
        datetime,
        typer.Option(
            "--to", formats=["%Y-%m-%d"], metavar="DAY", help="Last day asked for at the venue."
        ),
    ],
    made: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DAY", help="UTC day on which the venue made the file."
        ),
    ],
    owner: OwnerOfName = None,
    utc_offset: Annotated[
        str | None,
        typer.Option(
            metavar="HOURS",
            help="Its clock, like +3 or -3:30, where the header does not say UTC.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Land an export file of the venue: its rows, and what it proves.

    Nothing of a file lands that is not readable to its last cell. The next `coinfrs run` judges
    with it.
    """
    from coinfrs_pipelines.connectors.binance.files import (  # noqa: PLC0415 -- keeps --help quick.
        KINDS,
        FileRefusedError,
    )
    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- as above.
    from coinfrs_pipelines.extract import files  # noqa: PLC0415 -- as above.

    if kind not in KINDS:
        raise RefusedError(f"--kind {kind} is unknown: it is one of {', '.join(KINDS)}.")
    if made.date() > datetime.now(UTC).date():
        raise RefusedError(f"--made {made.date()} is still to come (UTC).")
    statement = files.Statement(first.date(), last.date(), made.date(), _offset(utc_offset))
    body = _read(file)
    found = named(source, owner)
    with closing(database.connect("coinfrs_extract", autocommit=True)) as connection:
        try:
            done = files.import_file(connection, found, KINDS[kind], file.name, body, statement)
        except FileRefusedError as error:
            raise RefusedError(f"{file.name} is refused: {error}.") from None
    if as_json:
        print_json(
            {
                "rows": done.rows,
                "new_rows": done.landed.new_rows,
                "quarantined": done.landed.quarantined,
                "proven_from": done.proven and done.proven.start,
                "proven_to": done.proven and done.proven.end,
                "compared": done.compared,
                "is_known": done.is_known,
            }
        )
        return
    _say(file, done)


def _say(file: Path, done: "Imported") -> None:
    if done.is_known:
        say(f"{file.name} was imported before, with the same period: nothing changed.")
        return
    said = f"{file.name}: {done.rows} rows, {done.landed.new_rows} of them new."
    if done.landed.quarantined:
        said += f" {done.landed.quarantined} could not be stored and are in quarantine."
    say(said)
    if done.proven is None:
        say("It has no ids: it is kept as evidence, and proves and books nothing.")
        return
    start, end = (f"{at:%Y-%m-%d %H:%M}" for at in (done.proven.start, done.proven.end))
    say(f"Proven by file: from {start} to {end} UTC.")
    if done.compared:
        say(f"It agrees with the {done.compared} records that the endpoint has told of the period.")
    else:
        say("The endpoint has told nothing of the period, so nothing shows whose file it is.")


def _offset(told: str | None) -> timedelta | None:
    if told is None:
        return None
    found = OFFSET.fullmatch(told)
    offset = timedelta(0)
    if found:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if not found or offset > OFFSET_MAX:
        raise RefusedError(f"--utc-offset {told} is no offset from UTC like +3 or -3:30.")
    return -offset if found[1] == "-" else offset


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise RefusedError(f"{file} is larger than {FILE_BYTES_MAX >> 20} MB: ask for less.")
        return file.read_bytes()
    except OSError as error:
        raise RefusedError(f"{file} cannot be read: {error.strerror}.") from None
