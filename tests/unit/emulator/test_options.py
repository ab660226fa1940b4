"""The options of a world are read from JSON, or refused by name."""

from datetime import timedelta
from typing import Any

import pytest

from coinfrs_pipelines.emulator.options import UnknownOptionError
from coinfrs_pipelines.emulator.world import WorldOptions


def test_options_have_the_defaults_that_the_mapping_assumes() -> None:
    options = WorldOptions.read({}).binance
    assert options.snapshot_cut == timedelta(0)
    assert not options.snapshot_includes_withdrawing
    assert options.sub_history_shares_tran_id
    assert options.sub_user_id_is_uid


def test_options_are_read_by_venue_and_kind() -> None:
    options = WorldOptions.read(
        {"binance": {"snapshot_cut": -1, "freezes": True, "list_order": "oldest_first"}}
    ).binance
    assert options.snapshot_cut == timedelta(seconds=-1)
    assert options.freezes
    assert options.list_order == "oldest_first"


@pytest.mark.parametrize(
    "wrong",
    [
        {"snapshot_cut": 0},
        {"binance": {"no_such_option": True}},
        {"binance": {"freezes": 1}},
        {"binance": {"list_order": "sideways"}},
        {"binance": {"snapshot_cut": True}},
        {"binance": {"sub_accounts": 3}},
        {"binance": {"sub_accounts": -1}},
        {"binance": {"busier": 0}},
        {"binance": {"sub_accounts": 0, "trade_group": True}},
    ],
)
def test_an_unknown_option_or_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnknownOptionError):
        WorldOptions.read(wrong)
