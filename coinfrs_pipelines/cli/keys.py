"""`coinfrs keys`: the keys that seal credentials. Left out: making one, which SECURITY.md tells."""

from contextlib import closing
from typing import Annotated

import typer

from coinfrs_pipelines.cli.errors import plainly
from coinfrs_pipelines.console import print_json, say, table

app = typer.Typer(no_args_is_help=True, help="The keys that seal registered credentials.")


@app.callback()
def keys() -> None:
    """Take a command by its name, also while there is one alone."""


@app.command()
@plainly
def rotate(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Wrap every sealed secret by the newest key of ENCRYPTION_KEYS, while everything goes on.

    What does not open is listed, left as it is, and makes the exit status 1. Run it again whenever
    you like: it also checks that everything opens.
    """
    from coinfrs_pipelines.core import database, key_rotation  # noqa: PLC0415 -- keeps --help quick.
    from coinfrs_pipelines.core.encryption import Keyring  # noqa: PLC0415 -- as above.

    with closing(database.connect("coinfrs_registry", autocommit=True)) as connection:
        rotation = key_rotation.rotate(connection, Keyring.from_settings())
    unopened = [
        {
            "data_source": each.data_source.name,
            "id": each.data_source.id,
            "column": each.column,
            "why": each.why,
        }
        for each in rotation.unopened
    ]
    if as_json:
        print_json(
            {
                "newest_key_id": rotation.newest_key_id,
                "rewrapped": rotation.rewrapped,
                "up_to_date": rotation.up_to_date,
                "unopened": unopened,
            }
        )
    else:
        say(
            f"The newest key is {rotation.newest_key_id}: {rotation.rewrapped} secrets were "
            f"wrapped anew, {rotation.up_to_date} had been, {len(unopened)} do not open."
        )
        if unopened:
            table(
                ("data source", "column", "why"),
                [(each["data_source"], each["column"], each["why"]) for each in unopened],
                title="Do not open, and are as they were",
            )
        else:
            say("The older keys open nothing here any more: take them out of ENCRYPTION_KEYS.")
    if unopened:
        raise typer.Exit(1)
