"""Data sources on the command line: the same proof as the API's, and no secret on any screen."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import Result

from coinfrs_pipelines.core import data_sources
from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.encryption import Keyring
from coinfrs_pipelines.emulator.world import World

Coinfrs = Callable[..., Result]
CredentialFile = Callable[[str], Path]


def add(coinfrs: Coinfrs, credential_file: CredentialFile, name: str = "treasury") -> Result:
    return coinfrs(
        *("sources", "add", "--venue", "binance", "--environment", "emulator"),
        *("--name", name, "--credential-file", credential_file(name)),
    )


def listed(coinfrs: Coinfrs) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(coinfrs("sources", "list", "--json").stdout)
    return found


def test_a_proven_key_is_registered_for_the_operator_and_listed(
    coinfrs: Coinfrs, credential_file: CredentialFile, world: World
) -> None:
    result = add(coinfrs, credential_file)
    assert result.exit_code == 0, result.output
    [source] = listed(coinfrs)
    assert source["account_ref"] == world.credentials()[0]["account_ref"]
    assert source["account_kind"] == "master"
    assert source["history_start"] is None
    with core_database.connect("coinfrs_registry") as connection:
        assert data_sources.by_name(connection, "treasury").owner_id == data_sources.operator_id(
            connection
        )


def test_a_credential_comes_from_standard_input_too(
    coinfrs: Coinfrs, credential_file: CredentialFile
) -> None:
    result = coinfrs(
        *("sources", "add", "--venue", "fireblocks", "--environment", "emulator"),
        *("--name", "vaults", "--start", "2026-01-01", "--credential-file", "-", "--json"),
        stdin=credential_file("Workspace w0").read_text(),
    )
    assert result.exit_code == 0, result.output
    registered = json.loads(result.stdout)
    assert (registered["account_kind"], registered["history_start"]) == ("workspace", "2026-01-01")


def test_a_history_of_before_the_venues_is_refused(
    coinfrs: Coinfrs, credential_file: CredentialFile
) -> None:
    result = coinfrs(
        *("sources", "add", "--venue", "binance", "--environment", "emulator", "--name", "n"),
        *("--start", "0001-01-01", "--credential-file", credential_file("treasury")),
    )
    assert result.exit_code != 0
    assert "from 2017-01-01 to today" in result.output
    assert listed(coinfrs) == []


def test_no_command_prints_a_secret(
    coinfrs: Coinfrs, credential_file: CredentialFile, world: World
) -> None:
    outputs = [
        add(coinfrs, credential_file),
        add(coinfrs, credential_file),
        coinfrs("sources", "list"),
        coinfrs("sources", "show", "treasury"),
        coinfrs("sources", "show", "treasury", "--json"),
        coinfrs("sources", "disable", "treasury"),
    ]
    for result in outputs:
        for credential in world.credentials():
            assert credential["api_key"] not in result.output
            assert credential.get("api_secret", "x" * 64) not in result.output


def test_the_same_account_is_not_registered_twice(
    coinfrs: Coinfrs, credential_file: CredentialFile
) -> None:
    add(coinfrs, credential_file)
    again = add(coinfrs, credential_file)
    assert again.exit_code == 1
    assert "already registered" in again.stderr
    assert "Traceback" not in again.output


def test_a_key_that_may_trade_is_refused_and_nothing_is_stored(
    coinfrs: Coinfrs, world: World, tmp_path: Path
) -> None:
    key = world.binance.add_key(
        {
            "account_ref": world.credentials()[0]["account_ref"],
            "permissions": {"enableSpotAndMarginTrading": True},
        }
    )
    file = tmp_path / "trading.json"
    file.write_text(json.dumps({"api_key": key["api_key"], "api_secret": key["api_secret"]}))
    result = coinfrs(
        *("sources", "add", "--venue", "binance", "--environment", "emulator"),
        *("--name", "trading", "--credential-file", file),
    )
    assert result.exit_code == 1
    assert "enableSpotAndMarginTrading" in result.stderr
    assert listed(coinfrs) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        ("not json", "is not a credential"),
        ("[]", "is not a credential"),
        ('{"api_key": "k"}', "exactly the fields"),
        ('{"api_key": "k", "api_secret": "s", "private_key_pem": "p"}', "exactly the fields"),
    ],
)
def test_a_file_that_is_no_credential_is_refused_in_one_line(
    coinfrs: Coinfrs, tmp_path: Path, content: str | None, message: str
) -> None:
    file = tmp_path / "credential.json"
    if content is not None:
        file.write_text(content)
    result = coinfrs(
        *("sources", "add", "--venue", "binance", "--name", "x", "--credential-file", file)
    )
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_new_credential_of_the_same_account_replaces_the_old_one(
    coinfrs: Coinfrs, credential_file: CredentialFile, world: World, tmp_path: Path
) -> None:
    add(coinfrs, credential_file)
    account = world.credentials()[0]["account_ref"]
    key = world.binance.add_key({"account_ref": account})
    file = tmp_path / "new.json"
    file.write_text(json.dumps({"api_key": key["api_key"], "api_secret": key["api_secret"]}))
    result = coinfrs("sources", "rekey", "treasury", "--credential-file", file)
    assert result.exit_code == 0, result.output
    with core_database.connect("coinfrs_registry") as connection:
        source = data_sources.by_name(connection, "treasury")
        opened = data_sources.credential(connection, Keyring.from_settings(), source)
    assert opened.api_key == key["api_key"]


def test_a_credential_of_another_account_does_not_replace_it(
    coinfrs: Coinfrs, credential_file: CredentialFile
) -> None:
    add(coinfrs, credential_file)
    result = coinfrs(
        "sources", "rekey", "treasury", "--credential-file", credential_file("arbitrage")
    )
    assert result.exit_code == 1
    assert "sees" in result.stderr


def test_a_disabled_source_is_gone_from_the_list_and_its_credential_destroyed(
    coinfrs: Coinfrs, credential_file: CredentialFile
) -> None:
    add(coinfrs, credential_file)
    assert coinfrs("sources", "disable", "treasury").exit_code == 0
    assert listed(coinfrs) == []
    with core_database.connect("coinfrs_registry") as connection:
        assert connection.execute("select count(*) from registry.credentials").fetchone() == (0,)
    shown = coinfrs("sources", "show", "treasury")
    assert "disabled" in shown.stdout


def test_an_unknown_name_says_where_to_look(coinfrs: Coinfrs) -> None:
    result = coinfrs("sources", "show", "nobody")
    assert result.exit_code == 1
    assert "coinfrs sources list" in result.stderr


# The columns that the command reads, as dbt's contract has them.
ACCOUNTS = """
create table canonical.accounts (
    account_id uuid, owner_id uuid, venue text, environment text, external_id text, name text,
    kind text, parent_account_id uuid
)
"""


def test_a_master_is_shown_with_its_sub_accounts(
    coinfrs: Coinfrs, credential_file: CredentialFile
) -> None:
    add(coinfrs, credential_file)
    [source] = listed(coinfrs)
    master, other = UUID(int=1), UUID(int=2)
    with core_database.connect("coinfrs_registry") as connection:
        owner = data_sources.operator_id(connection)
    rows = [
        (master, "binance", source["account_ref"], "treasury", "master", None),
        (UUID(int=3), "binance", "77", "arbitrage", "sub_account", master),
        (other, "binance", "88", "somebody else", "master", None),
        (UUID(int=4), "binance", "99", "somebody else's", "sub_account", other),
    ]
    with core_database.connect("coinfrs_transform") as connection:
        connection.execute(ACCOUNTS)
        for account, venue, reference, name, kind, parent in rows:
            connection.execute(
                "insert into canonical.accounts values (%s, %s, %s, 'emulator', %s, %s, %s, %s)",
                [account, owner, venue, reference, name, kind, parent],
            )
    shown = json.loads(coinfrs("sources", "show", "treasury", "--json").stdout)
    assert [(each["account"], each["kind"]) for each in shown["accounts"]] == [
        (source["account_ref"], "master"),
        ("77", "sub_account"),
    ]


@pytest.fixture
def two_owners(database: Mapping[str, str], make_user: Callable[[str], UUID]) -> str:
    """Let two owners have had a data source called main; return the address of one of them."""
    del database
    email = "ann@example.com"
    owner = make_user(email)
    with core_database.connect("coinfrs_registry") as connection:
        for owner_id in (owner, data_sources.operator_id(connection)):
            registered = data_sources.register(
                connection,
                Keyring.from_settings(),
                owner_id=owner_id,
                venue="binance",
                environment="production",
                name="main",
                credential=data_sources.Credential("AnApiKeyOfSomebody", "ASecretOfSomebody"),
                account_ref=str(owner_id.int % 10**9),
                account_kind="master",
                evidence={},
            )
            data_sources.disable(connection, registered.id, "the client left")
    return email


def test_a_file_is_never_imported_into_another_owners_source_of_the_same_name(
    coinfrs: Coinfrs, two_owners: str, tmp_path: Path
) -> None:
    file = tmp_path / "income.csv"
    file.write_text("not,what,the,venue,writes\n")
    arguments = (
        *("import", file, "--source", "main", "--kind", "um_income"),
        *("--from", "2026-01-01", "--to", "2026-01-31", "--made", "2026-02-03"),
    )
    unnamed = coinfrs(*arguments)
    assert unnamed.exit_code == 1
    assert "say whose with --owner EMAIL" in unnamed.stderr
    assert "income.csv is refused" in coinfrs(*arguments, "--owner", two_owners).stderr


def test_a_run_of_one_source_takes_its_owner_and_an_owner_alone_is_refused(
    coinfrs: Coinfrs, two_owners: str
) -> None:
    days = ("--from", "2026-01-01", "--to", "2026-01-01")
    assert "--owner EMAIL" in coinfrs("run", *days, "--source", "main").stderr
    named = coinfrs("run", *days, "--source", "main", "--owner", two_owners)
    assert "The data source main is disabled" in named.stderr
    assert "give both" in coinfrs("run", *days, "--owner", two_owners).stderr


def test_the_list_says_whose_a_source_is(coinfrs: Coinfrs, credential_file: CredentialFile) -> None:
    add(coinfrs, credential_file)
    assert [source["owner"] for source in listed(coinfrs)] == [data_sources.OPERATOR_EMAIL]
