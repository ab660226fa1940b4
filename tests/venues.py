"""Emulated venues inside the tests' own process, as cheap as they can be without being others.

A test opens its own venue, most of them with the same world: its history is written once, and a
server that is not needed any more ends beside the next test.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from coinfrs_pipelines.emulator.app import Running, serve
from coinfrs_pipelines.emulator.binance import world
from coinfrs_pipelines.emulator.binance.authoring.author import Author
from coinfrs_pipelines.emulator.binance.history import History
from coinfrs_pipelines.emulator.emulation import Emulation

_WRITTEN: dict[tuple[Any, ...], History] = {}


@contextmanager
def serving(emulation: Emulation) -> Iterator[Running]:
    """Serve an emulation; uvicorn takes a seventh of a second to stop, for which nobody waits."""
    context = serve(emulation)
    running = context.__enter__()
    try:
        yield running
    finally:
        threading.Thread(target=context.__exit__, args=(None, None, None)).start()


@contextmanager
def histories_written_once() -> Iterator[None]:
    """Give equal worlds one history: it is plain data, which no face changes.

    Not for tests of the writing itself, which would compare a history with itself.
    """

    class WritesOnce(Author):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            rng, accounts, _, options, families = given
            # The counters of ids follow from the generator and the accounts.
            self._given = (rng.getstate(), accounts, options, tuple(families))

        def write(self, start: datetime, days: int) -> History:
            key = (*self._given, start, days)
            if key not in _WRITTEN:
                _WRITTEN[key] = super().write(start, days)
            return _WRITTEN[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world, "Author", WritesOnce)
        yield
