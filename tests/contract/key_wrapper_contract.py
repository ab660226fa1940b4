"""What every `KeyWrapper` has to do: subclass `KeyWrapperContract` for each implementation.

Two fixtures say what is tested: `open_wrapper(*names)` opens the keys of these names, newest first,
the same key for the same name within a test; `leaks` returns what must show in no repr.
"""

import threading
from collections.abc import Callable

import pytest

from coinfrs_pipelines.core.encryption import (
    EncryptionError,
    KeyWrapper,
    NotAuthentic,
    Place,
    UnknownKey,
    needs_rewrapping,
    rewrap,
    seal,
    unseal,
)

DATA_KEY = bytes(range(32))
PLACE = Place("registry.credentials", "secret_sealed", "a row", "an owner")
HERE = PLACE.associated_data()
THERE = Place("registry.credentials", "secret_sealed", "another row", "an owner").associated_data()

OpenWrapper = Callable[..., KeyWrapper]


class KeyWrapperContract:
    """One test for each promise of the protocol."""

    @pytest.fixture
    def open_wrapper(self) -> OpenWrapper:
        raise NotImplementedError

    @pytest.fixture
    def leaks(self) -> Callable[[], list[str]]:
        raise NotImplementedError

    def test_a_wrapped_key_unwraps_at_its_place(self, open_wrapper: OpenWrapper) -> None:
        wrapper = open_wrapper("one")
        wrapped = wrapper.wrap(DATA_KEY, HERE)
        assert DATA_KEY not in wrapped
        assert wrapper.unwrap(wrapper.newest_key_id, wrapped, HERE) == DATA_KEY

    def test_no_other_place_unwraps_it(self, open_wrapper: OpenWrapper) -> None:
        wrapper = open_wrapper("one")
        wrapped = wrapper.wrap(DATA_KEY, HERE)
        for elsewhere in (THERE, b"", HERE + b"\0", HERE[:-1]):
            with pytest.raises(NotAuthentic):
                wrapper.unwrap(wrapper.newest_key_id, wrapped, elsewhere)

    def test_a_changed_key_is_refused(self, open_wrapper: OpenWrapper) -> None:
        wrapper = open_wrapper("one")
        wrapped = wrapper.wrap(DATA_KEY, HERE)
        middle = len(wrapped) // 2
        flipped = wrapped[:middle] + bytes([wrapped[middle] ^ 1]) + wrapped[middle + 1 :]
        for changed in (flipped, wrapped[:-1], wrapped + b"\0", b""):
            with pytest.raises(NotAuthentic):
                wrapper.unwrap(wrapper.newest_key_id, changed, HERE)

    def test_the_key_id_is_bound(self, open_wrapper: OpenWrapper) -> None:
        wrapper = open_wrapper("new", "old")
        wrapped = wrapper.wrap(DATA_KEY, HERE)
        with pytest.raises(NotAuthentic):
            wrapper.unwrap(open_wrapper("old").newest_key_id, wrapped, HERE)

    def test_an_unknown_key_is_named(self, open_wrapper: OpenWrapper) -> None:
        lost = open_wrapper("lost")
        wrapped = lost.wrap(DATA_KEY, HERE)
        with pytest.raises(UnknownKey) as caught:
            open_wrapper("one").unwrap(lost.newest_key_id, wrapped, HERE)
        assert caught.value.key_id == lost.newest_key_id
        assert lost.newest_key_id in str(caught.value)

    def test_an_older_key_unwraps_and_the_newest_wraps(self, open_wrapper: OpenWrapper) -> None:
        old, both = open_wrapper("old"), open_wrapper("new", "old")
        assert both.newest_key_id == open_wrapper("new").newest_key_id != old.newest_key_id
        assert both.unwrap(old.newest_key_id, old.wrap(DATA_KEY, HERE), HERE) == DATA_KEY
        new = open_wrapper("new")
        assert new.unwrap(both.newest_key_id, both.wrap(DATA_KEY, HERE), HERE) == DATA_KEY

    def test_no_two_wrappings_are_alike(self, open_wrapper: OpenWrapper) -> None:
        wrapper = open_wrapper("one")
        assert len({wrapper.wrap(DATA_KEY, HERE) for _ in range(20)}) == 20

    def test_ids_and_wrapped_keys_fit_the_envelope(self, open_wrapper: OpenWrapper) -> None:
        wrapper = open_wrapper("one")
        assert 0 < len(wrapper.newest_key_id.encode("ascii")) <= 255
        assert len(wrapper.wrap(DATA_KEY, HERE)) <= 65_535

    def test_a_sealed_secret_lives_through_a_rotation(self, open_wrapper: OpenWrapper) -> None:
        old, both, new = open_wrapper("old"), open_wrapper("new", "old"), open_wrapper("new")
        before = seal(old, b"an api secret", PLACE)
        assert needs_rewrapping(both, before)
        after = rewrap(both, before, PLACE)
        assert unseal(new, after, PLACE) == b"an api secret"
        with pytest.raises(EncryptionError):
            unseal(old, after, PLACE)

    def test_it_may_be_called_from_any_thread(self, open_wrapper: OpenWrapper) -> None:
        wrapper = open_wrapper("one")
        opened: list[bytes] = []

        def work() -> None:
            for _ in range(10):
                wrapped = wrapper.wrap(DATA_KEY, HERE)
                opened.append(wrapper.unwrap(wrapper.newest_key_id, wrapped, HERE))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert opened == [DATA_KEY] * 40

    def test_no_key_shows_in_a_repr(
        self, open_wrapper: OpenWrapper, leaks: Callable[[], list[str]]
    ) -> None:
        wrapper = open_wrapper("one")
        wrapper.wrap(DATA_KEY, HERE)
        shown = f"{wrapper!r} {vars(wrapper)}"
        assert leaks()
        assert not [secret for secret in leaks() if secret in shown]
