"""What every test against running services shares."""

from collections.abc import Iterator

import pytest

from tests.venues import histories_written_once


@pytest.fixture(scope="module", autouse=True)
def _histories_written_once() -> Iterator[None]:
    with histories_written_once():
        yield
