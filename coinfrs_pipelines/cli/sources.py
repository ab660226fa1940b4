"""`coinfrs sources`: register, list, show, rekey and disable data sources.

A credential comes from a file or from standard input, never from an argument, which every process
of the host can read. It is proven read-only by the same code as the API's, and never printed.
"""

import json
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coinfrs_pipelines.cli.errors import RefusedError, plainly
from coinfrs_pipelines.cli.owners import NewOwner, OwnerOfName, emails, named, owner_id
from coinfrs_pipelines.console import print_json, say, table

if TYPE_CHECKING:
    import psycopg

    from coinfrs_pipelines.cli.source_details import SourceDetails
    from coinfrs_pipelines.core.data_sources import DataSource

# A credential is a few kilobytes; anything longer is the wrong file.
CREDENTIAL_BYTES_MAX = 65_536

app = typer.Typer(
    no_args_is_help=True, help="Register read-only keys, and see what is known about them."
)

CredentialFile = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help='JSON with "api_key" and "api_secret" or "private_key_pem"; - is standard input.',
        allow_dash=True,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
@plainly
def add(
    venue: Annotated[str, typer.Option(help="binance or fireblocks.")],
    name: Annotated[str, typer.Option(help="What to call it.")],
    credential_file: CredentialFile,
    environment: Annotated[
        str, typer.Option(help="The venue's environment, like production or sandbox.")
    ] = "production",
    owner: NewOwner = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DAY",
            help="Read history from this UTC day (default: each stream's trailing window).",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Prove a key read-only at its venue, then store it sealed; anything unclear is refused."""
    from coinfrs_pipelines import registration  # noqa: PLC0415 -- keeps --help quick.
    from coinfrs_pipelines.core.encryption import Keyring  # noqa: PLC0415 -- as above.

    with _registry() as connection:
        of_owner = owner_id(connection, owner)
    registered = registration.register(
        _registry,
        Keyring.from_settings(),
        owner_id=of_owner,
        venue=venue,
        environment=environment,
        name=name,
        credential=registration.credential_of(venue, _document(credential_file)),
        history_start=start.date() if start else None,
    )
    if as_json:
        print_json(_as_dict(registered))
    else:
        say(
            f"Registered {registered.name}: {registered.venue} {registered.account_kind} "
            f"{registered.account_ref}, proven read-only. It is read with the next run."
        )


@app.command("list")
@plainly
def list_(as_json: AsJson = False) -> None:
    """List the data sources that are not disabled."""
    from coinfrs_pipelines.core import data_sources  # noqa: PLC0415 -- keeps --help quick.

    with closing(_registry()) as connection:
        found = data_sources.active(connection)
        owners = emails(connection)
    if as_json:
        print_json([_as_dict(each) | {"owner": owners[each.owner_id]} for each in found])
    elif not found:
        say("No data source is registered: see `coinfrs sources add --help`.")
    else:
        table(
            (
                "name",
                "venue",
                "environment",
                "account",
                "kind",
                "owner",
                "history from",
                "registered",
            ),
            [
                (
                    source.name,
                    source.venue,
                    source.environment,
                    source.account_ref,
                    source.account_kind,
                    owners[source.owner_id],
                    source.history_start,
                    source.created_at.date(),
                )
                for source in found
            ],
        )


@app.command()
@plainly
def show(name: str, owner: OwnerOfName = None, as_json: AsJson = False) -> None:
    """Show a data source: accounts, wallets, coverage, what is lost and what is still to fetch."""
    from coinfrs_pipelines.cli import source_details  # noqa: PLC0415 -- keeps --help quick.

    found = named(name, owner)
    details = source_details.read(found)
    if as_json:
        print_json(
            _as_dict(found)
            | {
                "accounts": details.accounts,
                "wallets": details.wallets,
                "coverage": details.streams,
                "captured": details.captured,
                "still_to_fetch": [stream["stream"] for stream in details.still_to_fetch],
                "streams_not_read_yet": details.never_read_streams,
            }
        )
    else:
        _print_details(found, details)


@app.command()
@plainly
def rekey(name: str, credential_file: CredentialFile, owner: OwnerOfName = None) -> None:
    """Swap the credential for a new one, once that is proven to see the same account."""
    from coinfrs_pipelines import registration  # noqa: PLC0415 -- keeps --help quick.
    from coinfrs_pipelines.core.encryption import Keyring  # noqa: PLC0415 -- as above.

    found = named(name, owner)
    credential = registration.credential_of(found.venue, _document(credential_file))
    registration.rekey(_registry, Keyring.from_settings(), found, credential)
    say(
        f"{found.name} has a new credential; the old one is destroyed here. Revoke it at the venue."
    )


@app.command()
@plainly
def disable(
    name: str,
    owner: OwnerOfName = None,
    reason: Annotated[
        str, typer.Option(help="Why; kept with the data source.")
    ] = "disabled on the command line",
) -> None:
    """End a data source's chains here and destroy its credential; its evidence stays."""
    from coinfrs_pipelines.core import data_sources  # noqa: PLC0415 -- keeps --help quick.

    found = named(name, owner)
    with _registry() as connection:
        data_sources.disable(connection, found.id, reason)
    say(f"{found.name} is disabled and its credential destroyed. Revoke the key at the venue too.")


def _registry() -> "psycopg.Connection":
    from coinfrs_pipelines.core import database  # noqa: PLC0415 -- keeps --help quick.

    return database.connect("coinfrs_registry")


def _document(file: Path) -> dict[str, Any]:
    """Read a credential file; an error names the file and never its content."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text()
        document = json.loads(text) if len(text) <= CREDENTIAL_BYTES_MAX else None
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise RefusedError(f"The credential file {file} cannot be read: {why}.") from None
    except json.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise RefusedError(
            f'{file} is not a credential: a JSON object with "api_key" and "api_secret" '
            '(Binance HMAC) or "private_key_pem" (Binance Ed25519 and RSA, Fireblocks).'
        )
    return document


def _as_dict(data_source: "DataSource") -> dict[str, Any]:
    return {
        "id": data_source.id,
        "name": data_source.name,
        "venue": data_source.venue,
        "environment": data_source.environment,
        "account_ref": data_source.account_ref,
        "account_kind": data_source.account_kind,
        "history_start": data_source.history_start,
        "created_at": data_source.created_at,
        "disabled_at": data_source.disabled_at,
    }


def _print_details(data_source: "DataSource", details: "SourceDetails") -> None:
    state = "disabled" if data_source.disabled_at else "active"
    say(
        f"{data_source.name}: {data_source.venue} {data_source.account_kind} "
        f"{data_source.account_ref} ({data_source.environment}), {state}"
    )
    captured = details.captured
    if captured["first_day"] is None:
        say("No position was captured yet: the first capture opens its chains.")
    else:
        say(
            f"Chains open with the capture that closed {captured['first_day']}; nothing before it "
            f"can be proven by captures. Last captured day: {captured['last_day']}."
        )
    if captured["lost_days"]:
        days = ", ".join(str(day) for day in captured["lost"])
        say(f"Days without a capture, spanned by the next one: {days}")
    if details.accounts:
        table(
            ("account", "name", "kind"),
            [(row["account"], row["name"], row["kind"]) for row in details.accounts],
            title="Accounts",
        )
    table(
        ("wallet", "last attempt", "reason", "day"),
        [
            (row["wallet"], row["result"], row["reason"], row["last_attempted_day"])
            for row in details.wallets
        ],
        title="Wallets",
    )
    table(
        ("stream", "scopes", "proven from", "proven to", "holes", "last attempt", "reason"),
        [
            (
                row["stream"],
                row["scopes"],
                row["proven_from"],
                row["proven_to"],
                row["holes"],
                row["last_result"],
                row["last_reason"],
            )
            for row in details.streams
        ],
        title="Coverage",
    )
    missing = ", ".join(row["stream"] for row in details.still_to_fetch)
    say(f"Still to fetch: {missing or 'nothing but what comes after the last run'}")
    if details.never_read_streams and data_source.environment == "production":
        say(f"Streams this version does not read: {', '.join(details.never_read_streams)}")
