"""The local keyring keeps the promises of a `KeyWrapper`."""

import secrets
from collections import defaultdict
from collections.abc import Callable

import pytest

from coinfrs_pipelines.core.encryption import Keyring, KeyWrapper
from tests.contract.key_wrapper_contract import KeyWrapperContract


class TestKeyring(KeyWrapperContract):
    @pytest.fixture
    def keys(self) -> defaultdict[str, bytes]:
        return defaultdict(lambda: secrets.token_bytes(32))

    @pytest.fixture
    def open_wrapper(self, keys: defaultdict[str, bytes]) -> Callable[..., KeyWrapper]:
        return lambda *names: Keyring(tuple(keys[name] for name in names))

    @pytest.fixture
    def leaks(self, keys: defaultdict[str, bytes]) -> Callable[[], list[str]]:
        return lambda: [form for key in keys.values() for form in (key.hex(), repr(key))]
