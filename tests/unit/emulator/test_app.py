"""The emulator is reached from this machine alone."""

from datetime import UTC, datetime

import pytest

from coinfrs_pipelines.emulator.app import NotLoopbackError, serve
from coinfrs_pipelines.emulator.clock import VenueClock
from coinfrs_pipelines.emulator.emulation import Emulation


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "192.0.2.1", "::"])  # noqa: S104 -- refused.
def test_no_address_but_a_loopback_one_is_listened_on(host: str) -> None:
    """Nor is a name, which may mean another machine tomorrow."""
    emulation = Emulation(VenueClock(datetime(2026, 1, 5, tzinfo=UTC), held=True))
    with pytest.raises(NotLoopbackError, match="loopback"), serve(emulation, host=host):
        pass
