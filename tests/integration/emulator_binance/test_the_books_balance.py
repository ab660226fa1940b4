"""For any seed and instant: what is shown, what is told, and the truth are one sum.

The arithmetic here is the test's own, written from the venue's documentation: it shares nothing
with the product's mapping, nor with the ledger it is compared to.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.integration.emulator_binance.conftest import OpenVenue

NOW = datetime(2026, 1, 14, 13, 37, 21, 123_000, tzinfo=UTC)

Books = defaultdict[tuple[str, str, str, str], Decimal]


def keepers() -> list[Any]:
    """Return the modules `books_<family>` beside this one.

    Each adds to books what its faces show and tell of one account: `shown(books, venue, key)` and
    `told(books, venue, key, now)`.
    """
    found = []
    for path in sorted(Path(__file__).parent.glob("books_*.py")):
        spec = spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        found.append(module)
    return found


KEEPERS = keepers()


def without_zeros(books: Any) -> dict[tuple[str, ...], Decimal]:
    return {place: amount for place, amount in books.items() if amount}


@given(
    seed=st.integers(0, 10**6),
    age=st.integers(1, 6),
    cancels=st.booleans(),
    freezes=st.booleans(),
)
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_shown_and_what_is_told_are_the_truth(
    open_venue: OpenVenue, *, seed: int, age: int, cancels: bool, freezes: bool
) -> None:
    venue = open_venue(NOW)
    start = (NOW - timedelta(days=age)).replace(hour=0, minute=0, second=0, microsecond=0)
    options = {"binance": {"cancelled_withdrawals": cancels, "freezes": freezes}}
    world = venue.emulation.add_world(seed, start, 9, options)
    credentials = world.binance.credentials()
    shown: Books = defaultdict(Decimal)
    told: Books = defaultdict(Decimal)
    for keeper, key in product(KEEPERS, credentials):
        keeper.shown(shown, venue, key)
        keeper.told(told, venue, key, NOW)
    books = without_zeros(shown)
    assert books == without_zeros(told)
    truth = venue.http.get(
        f"/emulator/worlds/{world.name}/truth/positions", params={"at": NOW.isoformat()}
    )
    assert books == {
        (row["account_ref"], row["wallet"], row["asset"], row["component"]): amount
        for row in truth.json()["positions"]
        if row["venue"] == "binance" and (amount := Decimal(row["amount"]))
    }
    assert all(amount > 0 for amount in books.values())
