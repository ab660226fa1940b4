"""No number changes on its way: slices are the venue's own text."""

from decimal import Decimal

import pytest

from coinfrs_pipelines.connectors import payloads
from coinfrs_pipelines.connectors.payloads import PayloadError

EXACT = (
    b'{"total": 3,\n "rows" : [ {"a":50300000001.44911105 , "b":"0.10"} ,'
    b'{"a":1e-18,"b":[1,{"rows":[]}]}, {"a":9007199254740993, "b":1352286576452864727} ]}'
)


def test_slices_are_the_venues_own_text() -> None:
    assert payloads.elements(EXACT, ("rows",)) == [
        '{"a":50300000001.44911105 , "b":"0.10"}',
        '{"a":1e-18,"b":[1,{"rows":[]}]}',
        '{"a":9007199254740993, "b":1352286576452864727}',
    ]


def test_money_never_becomes_a_float() -> None:
    first, second, third = [payloads.read(each) for each in payloads.elements(EXACT, ("rows",))]
    assert first["a"] == Decimal("50300000001.44911105")
    assert second["a"] == Decimal("1e-18")
    assert third == {"a": 2**53 + 1, "b": 1352286576452864727}
    assert not [
        each for row in (first, second, third) for each in row.values() if type(each) is float
    ]


def test_the_largest_known_amount_survives_to_the_last_digit() -> None:
    user_assets = b'[{"asset":"USDT","free":"50300000001.44911105"}]'
    assert payloads.elements(user_assets) == ['{"asset":"USDT","free":"50300000001.44911105"}']


@pytest.mark.parametrize(
    ("body", "path", "expected"),
    [
        (b"[]", (), []),
        (b" [ ] ", (), []),
        (b'[1,"]",{"x":"[,"},null,true]', (), ["1", '"]"', '{"x":"[,"}', "null", "true"]),
        (b'{"paging":{"rows":[{}]},"rows":[1]}', ("rows",), ["1"]),
        (b'{"paging":{"rows":[{}]},"rows":[1]}', ("paging", "rows"), ["{}"]),
        ('{"ключ":["Ⓢ"]}'.encode(), ("ключ",), ['"Ⓢ"']),
        (b'{"a\\u0062":[7]}', ("ab",), ["7"]),
        (b"{}", ("rows",), None),
        (b'{"rows":{}}', ("rows",), None),
        (b'{"rows":[1],"rows":[2]}', ("rows",), None),
        (b'{"rows":[1', ("rows",), None),
        (b"[1] [2]", (), None),
        (b"[1,]", (), None),
        (b"\xff[1]", (), None),
        (b"<html>", (), None),
        (b"", (), None),
        (b"[" * 100_000, (), None),
    ],
)
def test_an_array_is_cut_or_refused(
    body: bytes, path: tuple[str, ...], expected: list[str] | None
) -> None:
    if expected is None:
        with pytest.raises(PayloadError):
            payloads.elements(body, path)
    else:
        assert payloads.elements(body, path) == expected


def test_a_whole_document_is_kept_with_its_whitespace() -> None:
    assert payloads.value(b'{"x" : 1.10 }\n') == '{"x" : 1.10 }'


@pytest.mark.parametrize(
    ("field", "text"), [("7", "7"), (7, "7"), (True, "true"), (2**63, "9223372036854775808")]
)
def test_an_id_is_spelled_as_json_spells_it(field: object, text: str) -> None:
    assert payloads.text_of(field) == text


@pytest.mark.parametrize("field", [None, "", [], {}, Decimal("1.5")])
def test_a_record_without_an_id_is_refused(field: object) -> None:
    with pytest.raises(PayloadError):
        payloads.text_of(field)
