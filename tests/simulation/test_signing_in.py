"""A stranger's way in, as the demo goes it: a code from the console, then keys over the API."""

import os
from collections.abc import Mapping
from contextlib import closing

import pytest

from coinfrs_pipelines.processes import Children
from coinfrs_pipelines.rehearsal import venues
from coinfrs_pipelines.rehearsal.sign_in import SignInError, sign_in

pytestmark = pytest.mark.slow


def test_a_stranger_signs_in_with_a_code_and_registers_every_key(
    database: Mapping[str, str],  # noqa: ARG001 -- the service writes there.
) -> None:
    with (
        Children(lambda _name, _line: None) as children,
        venues.start(children, dict(os.environ), seed=7, days=2) as emulated,
        closing(sign_in(children, dict(os.environ) | emulated.environment)) as stranger,
    ):
        credentials = emulated.worlds[0].credentials
        for credential in credentials:
            stranger.register(credential)
        shown = stranger.registered()
        assert [source["name"] for source in shown] == [c["name"] for c in credentials]
        assert "api_key" not in shown[0]
        with pytest.raises(SignInError, match="already registered"):
            stranger.register(credentials[0])
