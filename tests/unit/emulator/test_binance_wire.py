"""Amounts are written as the venue's samples write them, whole."""

from decimal import Decimal

import pytest

from coinfrs_pipelines.emulator.binance import wire


@pytest.mark.parametrize(
    ("amount", "padded", "short"),
    [
        ("0", "0.00000000", "0"),
        ("0E-8", "0.00000000", "0"),
        ("50000", "50000.00000000", "50000"),
        ("887.47061626", "887.47061626", "887.47061626"),
        ("0.10", "0.10000000", "0.1"),
        ("4.622912390271", "4.622912390271", "4.622912390271"),
        ("50300000001.44911105", "50300000001.44911105", "50300000001.44911105"),
        ("1E-12", "0.000000000001", "0.000000000001"),
    ],
)
def test_an_amount_keeps_its_digits(amount: str, padded: str, short: str) -> None:
    assert wire.padded(Decimal(amount)) == padded
    assert wire.short(Decimal(amount)) == short


def test_a_body_is_compact_and_not_escaped() -> None:
    assert wire.body({"asset": "币安人生", "n": 1}).decode() == '{"asset":"币安人生","n":1}'
