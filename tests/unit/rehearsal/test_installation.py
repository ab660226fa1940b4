"""A rehearsal's installation is its own, whatever the shell that starts it holds."""

import os
from pathlib import Path

import pytest

from auth_service.settings import AuthSettings
from coinfrs_pipelines.core.settings import LIBPQ_VARIABLES, Settings
from coinfrs_pipelines.rehearsal import installation

ITS_OWN = {
    "COINFRS_HOME",
    "COINFRS_ENVIRONMENT",
    "COINFRS_LIMITS_FACTOR",
    "COINFRS_SOURCES_AT_ONCE",
}
OF_OTHERS = ("DAGSTER_HOME", "DBT_PROFILES_DIR", "PGSERVICE", "HTTPS_PROXY")


class NoServer:
    """Stands for the embedded server, which takes seconds and is not what is told of here."""

    def __init__(self, *_: object) -> None:
        """Take what the server takes."""

    def start(self) -> None:
        """Start nothing."""

    def stop(self) -> None:
        """Stop nothing."""


def test_no_setting_of_the_caller_reaches_a_rehearsal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One such as GOOGLE_CLIENT_ID, without its secret, keeps the sign-in service from starting."""
    fields = (*Settings.model_fields.values(), *AuthSettings.model_fields.values())
    names = {str(each.alias) for each in fields} | {*LIBPQ_VARIABLES, *OF_OTHERS}
    monkeypatch.setattr(installation, "default_home", lambda: tmp_path)
    monkeypatch.setattr(installation, "EmbeddedPostgres", NoServer)
    for name in names:
        monkeypatch.setenv(name, "the caller's")
    before = dict(os.environ)
    with installation.own_installation("rehearsal") as home:
        assert names & set(os.environ) == ITS_OWN
        assert os.environ["COINFRS_HOME"] == str(home)
        assert os.environ["PATH"] == before["PATH"]
        assert "the caller's" not in os.environ.values()
    assert dict(os.environ) == before
