"""For all secrets and places: what is sealed opens where it was sealed, unchanged, nowhere else."""

import secrets
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coinfrs_pipelines.core.encryption import (
    Keyring,
    NotAuthentic,
    Place,
    UnknownKey,
    needs_rewrapping,
    rewrap,
    seal,
    unseal,
)

OLD, NEW, LOST = (secrets.token_bytes(32) for _ in range(3))
KEYRING = Keyring((NEW, OLD))
texts = st.text(max_size=40)
places = st.builds(Place, table=texts, column=texts, row=texts, owner=texts)
plaintexts = st.binary(max_size=3000)


@given(plaintexts, places)
def test_what_is_sealed_opens_at_its_place(plaintext: bytes, place: Place) -> None:
    envelope = seal(KEYRING, plaintext, place)
    assert unseal(KEYRING, envelope, place) == plaintext
    assert len(plaintext) < 16 or plaintext not in envelope


@given(st.binary(min_size=1, max_size=200), places, places)
def test_no_other_place_opens_it(plaintext: bytes, place: Place, other: Place) -> None:
    if place != other:
        with pytest.raises(NotAuthentic):
            unseal(KEYRING, seal(KEYRING, plaintext, place), other)


@pytest.mark.parametrize("part", ["table", "column", "row", "owner"])
@given(places)
def test_each_part_of_the_place_counts(part: str, place: Place) -> None:
    changes: dict[str, Any] = {part: getattr(place, part) + "x"}
    with pytest.raises(NotAuthentic):
        unseal(KEYRING, seal(KEYRING, b"secret", place), replace(place, **changes))


def test_parts_that_only_join_alike_are_other_places() -> None:
    """Length prefixes: without them ('ab', 'c') and ('a', 'bc') would be one place."""
    envelope = seal(KEYRING, b"secret", Place("ab", "c", "d", "e"))
    with pytest.raises(NotAuthentic):
        unseal(KEYRING, envelope, Place("a", "bc", "d", "e"))


def test_every_flipped_bit_is_refused() -> None:
    place = Place("table", "column", "row", "owner")
    envelope = seal(KEYRING, b"an api secret", place)
    for position in range(len(envelope) * 8):
        changed = bytearray(envelope)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises((NotAuthentic, UnknownKey)):
            unseal(KEYRING, bytes(changed), place)


@given(st.data())
def test_every_shortened_or_lengthened_envelope_is_refused(data: st.DataObject) -> None:
    place = Place("table", "column", "row", "owner")
    envelope = seal(KEYRING, b"an api secret", place)
    length = data.draw(st.integers(0, len(envelope) - 1))
    for changed in (envelope[:length], envelope + envelope[length:]):
        with pytest.raises(NotAuthentic):
            unseal(KEYRING, changed, place)


@given(st.binary(max_size=300))
def test_what_is_no_envelope_is_refused(envelope: bytes) -> None:
    with pytest.raises((NotAuthentic, UnknownKey)):
        unseal(KEYRING, envelope, Place("table", "column", "row", "owner"))


@given(places)
def test_parts_of_two_envelopes_of_one_place_do_not_mix(place: Place) -> None:
    """A wrapped data key opens only the message that it was made for."""
    first, second = (seal(KEYRING, b"an api secret", place) for _ in range(2))
    message = 12 + len(b"an api secret") + 16
    with pytest.raises(NotAuthentic):
        unseal(KEYRING, first[:-message] + second[-message:], place)


@given(plaintexts, places)
def test_an_older_key_still_opens_and_asks_for_rewrapping(plaintext: bytes, place: Place) -> None:
    sealed_before_the_rotation = seal(Keyring((OLD,)), plaintext, place)
    assert unseal(KEYRING, sealed_before_the_rotation, place) == plaintext
    assert needs_rewrapping(KEYRING, sealed_before_the_rotation)
    assert not needs_rewrapping(KEYRING, seal(KEYRING, plaintext, place))


@given(plaintexts, places)
def test_a_rewrapped_secret_opens_with_the_newest_key_alone(plaintext: bytes, place: Place) -> None:
    """The message is the same, byte for byte: only the data key was wrapped anew."""
    before = seal(Keyring((OLD,)), plaintext, place)
    after = rewrap(KEYRING, before, place)
    assert not needs_rewrapping(KEYRING, after)
    assert unseal(Keyring((NEW,)), after, place) == plaintext
    message = 12 + len(plaintext) + 16
    assert after[-message:] == before[-message:]
    with pytest.raises(UnknownKey):
        unseal(Keyring((OLD,)), after, place)


def test_no_damaged_or_moved_secret_is_rewrapped() -> None:
    place = Place("table", "column", "row", "owner")
    envelope = seal(Keyring((OLD,)), b"an api secret", place)
    with pytest.raises(NotAuthentic):
        rewrap(KEYRING, envelope, replace(place, row="another"))
    for position in range(len(envelope) * 8):
        changed = bytearray(envelope)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises((NotAuthentic, UnknownKey)):
            rewrap(KEYRING, bytes(changed), place)


@given(places)
def test_an_unknown_key_is_named_and_nothing_else_is(place: Place) -> None:
    lost = Keyring((LOST,))
    with pytest.raises(UnknownKey, match=lost.newest_key_id) as unknown:
        unseal(KEYRING, seal(lost, b"an api secret", place), place)
    assert LOST.hex() not in str(unknown.value)


def test_a_key_id_belongs_to_its_key() -> None:
    """It comes from a hash of the key, so a keyring cannot give one key the name of another."""
    assert Keyring((OLD, NEW)).newest_key_id == Keyring((OLD,)).newest_key_id
    assert Keyring((NEW,)).newest_key_id != Keyring((OLD,)).newest_key_id


def test_nonces_and_data_keys_never_repeat() -> None:
    """Sealing the same secret again has no part in common but version, key id and lengths."""
    place = Place("table", "column", "row", "owner")
    envelopes = [seal(KEYRING, b"an api secret", place) for _ in range(2000)]
    wrapped_at = 1 + 1 + 16 + 2
    assert len({envelope[wrapped_at : wrapped_at + 12] for envelope in envelopes}) == 2000
    assert len({envelope[wrapped_at + 60 : wrapped_at + 72] for envelope in envelopes}) == 2000
    assert len({envelope[wrapped_at + 12 : wrapped_at + 44] for envelope in envelopes}) == 2000


def test_a_keyring_shows_ids_and_no_keys() -> None:
    shown = f"{KEYRING!r} {vars(KEYRING)}"
    assert KEYRING.newest_key_id in shown
    assert NEW.hex() not in shown
    assert repr(NEW) not in shown


@pytest.mark.parametrize("keys", [(), (b"short",)])
def test_a_keyring_without_a_usable_key_is_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(keys)
