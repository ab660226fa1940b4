"""The one form of an e-mail address. What is refused is attacked over HTTP (integration/auth)."""

import pytest

from auth_service.email_addresses import canonical_email


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("somebody@example.com", "somebody@example.com"),
        ("SomeBody@Example.COM", "somebody@example.com"),
        ("some.body+tag@mail.example.co.uk", "some.body+tag@mail.example.co.uk"),
        ("o'neil_1@example-2.com", "o'neil_1@example-2.com"),
    ],
)
def test_a_plain_address_is_taken_in_lower_case(text: str, canonical: str) -> None:
    assert canonical_email(text) == canonical


@pytest.mark.parametrize(
    "text", ["operator@coinfrs.invalid", "a@xn--bcher-kva.example", "a@mail.XN--BCHER-KVA.com"]
)
def test_an_address_nobody_can_have_or_that_shows_as_another_is_refused(text: str) -> None:
    """The operator of the command line is a user whom nobody can sign in as."""
    with pytest.raises(ValueError, match="one plain e-mail address") as caught:
        canonical_email(text)
    assert text not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
