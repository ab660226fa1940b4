"""How the emulated Fireblocks writes amounts and numbers."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinfrs_pipelines.emulator.fireblocks.wire import (
    Number,
    deprecated_number,
    epoch_ms,
    plain,
    to_json,
)

AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, places=18, min_value=0, max_value=10**9
)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("0E-18", "0"),
        ("1E-18", "0.000000000000000001"),
        ("100", "100"),
        ("1.50", "1.5"),
    ],
)
def test_amounts_are_plain(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.000000000000000001", "1e-18"),
        ("0.00000000000000000123", "1.23e-18"),
        ("-0.00000025", "-2.5e-7"),
        ("0.000113517074303855", "0.000113517074303855"),
        ("1234.567890123456789", "1234.5678901234568"),
        ("-1", "-1"),
        ("0", "0"),
    ],
)
def test_deprecated_numbers_have_seventeen_digits(amount: str, text: str) -> None:
    assert deprecated_number(Decimal(amount)).text == text


@given(AMOUNTS)
def test_an_amount_of_record_keeps_every_digit(amount: Decimal) -> None:
    assert Decimal(json.loads(to_json(plain(amount)))) == amount


@given(AMOUNTS)
def test_a_deprecated_number_is_valid_json_and_nearly_the_amount(amount: Decimal) -> None:
    read = json.loads(to_json(deprecated_number(amount)), parse_float=Decimal, parse_int=Decimal)
    assert abs(read - amount) <= abs(amount) * Decimal("1e-16")


def test_json_is_what_a_json_reader_reads() -> None:
    value = {"a": [1, True, None, 'quote " and ü'], "b": {}, "c": Number("1e-18"), "d": ()}
    assert json.loads(to_json(value), parse_float=Decimal) == {
        "a": [1, True, None, 'quote " and ü'],
        "b": {},
        "c": Decimal("1e-18"),
        "d": [],
    }


@pytest.mark.parametrize("value", [1.5, Decimal(1), object()])
def test_floats_and_bare_decimals_have_no_place_on_the_wire(value: object) -> None:
    with pytest.raises(TypeError):
        to_json({"amount": value})


def test_times_are_whole_milliseconds() -> None:
    assert epoch_ms(datetime(2026, 1, 5, 0, 0, 0, 123_000, tzinfo=UTC)) == 1_767_571_200_123
