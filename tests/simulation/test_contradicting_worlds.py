"""Worlds that are not as MAPPINGS.md assumes: they need not be complete, but never falsely."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from coinfrs_pipelines.core import database as core_database
from coinfrs_pipelines.core.settings import settings
from coinfrs_pipelines.processes import Children
from coinfrs_pipelines.rehearsal import simulation, truth, venues
from coinfrs_pipelines.rehearsal.installation import LIMITS_FACTOR
from coinfrs_pipelines.rehearsal.venues import Leg

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("views_made")]

# By this seed what is hidden lies where its options alone leave cells complete.
DAYS, SEED = 2, 512

# Options that bear on the same records are together, so that what is hidden meets them all.
OPTIONS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "positions and snapshots": {
        "binance": {
            "sub_accounts": 1,
            "snapshot_cut": 3600,
            "snapshot_includes_withdrawing": True,
            "snapshot_includes_freeze": True,
            "freezes": True,
            "cancelled_withdrawals": True,
            "spot_shows_earn": False,
            "redemptions_leave_when_paid": True,
        }
    },
    "sub-accounts and capital": {
        "binance": {
            "sub_history_shares_tran_id": False,
            "sub_user_id_is_uid": False,
            "subs_read_withdrawals": False,
            "withdrawal_amount_is_net": False,
            "deposit_times_in_seconds": True,
            "list_order": "oldest_first",
        }
    },
    "payments and yields": {
        "binance": {
            "sub_accounts": 1,
            "convert_wallet": "funding",
            "convert_shows_pending": True,
            "cloud_mining_wallet": "funding",
            "fiat_fees_on_top": True,
            "gift_cards": True,
            "rewards_accrue_by_the_hour": True,
            "redeemed_leaves_on_arrival": True,
            "dual_investments_settle": True,
        }
    },
    "outside the exchange": {
        "binance": {
            "custody_delegates_out": True,
            "nft_wallet": "funding",
            "stocks_are_filled": True,
        }
    },
    "margin and derivatives": {
        "binance": {
            "sub_accounts": 1,
            "old_income_is_latest": True,
            "option_margin_balance_is_realised": False,
            "capital_flow_is_signed": False,
            "margin_interest_in_bnb_from_margin": False,
            "margin_transfer_times_in_seconds": True,
            "pm_negative_balance_exchanges": True,
            "pm_negative_interest_in_margin_history": False,
        }
    },
    "listings and fees of vaults": {
        "fireblocks": {
            "window_bounds": "inclusive",
            "absent_height": "empty",
            "outgoing_leaves_total": "completion",
            "failed_fee_is_known": False,
        }
    },
    "blocks and open records of vaults": {
        "fireblocks": {
            "height_lag_blocks": 5,
            "heightless_records_name_blocks": True,
            "late_approvals": True,
            "frozen_deposits": True,
            "unmined_at_closing": True,
        }
    },
    "what records of vaults tell beside their amounts": {
        "fireblocks": {
            "l1_fee_is_in_network_fee": False,
            "rent_is_in_network_fee": True,
            "network_records_tell_both_sides": True,
            "wallets_enabled_by_transfers": True,
            "stake_withdrawals_are_recorded": False,
            "completed_fee_is_known": False,
            "unlisted_values": True,
            "heightless_failures": True,
            "heightless_lag_seconds": 20,
        }
    },
}


@dataclass(frozen=True)
class Contradicted:
    hidden: dict[str, list[Leg]]
    captures: list[datetime]


@pytest.fixture(scope="module")
def worlds(module_database: Mapping[str, str]) -> Iterator[Contradicted]:  # noqa: ARG001 -- it is filled from them.
    with pytest.MonkeyPatch.context() as patch, Children(lambda _name, _line: None) as children:
        patch.setenv("COINFRS_LIMITS_FACTOR", str(LIMITS_FACTOR))
        with venues.start(children, dict(os.environ), seed=SEED, days=DAYS + 1) as running:
            for name, value in running.environment.items():
                patch.setenv(name, value)
            settings.cache_clear()
            hidden = simulation.contradict(running, OPTIONS, days=DAYS, first_seed=SEED + 1)
            yield Contradicted(hidden, simulation.captures_of(running, DAYS))


@pytest.mark.parametrize("options", OPTIONS)
def test_nothing_a_hidden_record_moved_is_complete(worlds: Contradicted, options: str) -> None:
    assert worlds.hidden[options]
    assert truth.falsely_complete(worlds.hidden[options], worlds.captures) == []


@pytest.mark.parametrize("options", OPTIONS)
def test_the_contradiction_alone_leaves_most_cells_complete(
    worlds: Contradicted, options: str
) -> None:
    """Where nothing could be complete, nothing would be shown."""
    accounts = sorted({leg.cell.account_ref for leg in worlds.hidden[options]})
    verdicts = [verdict for *_, verdict, _ in truth.rows(truth.VERDICTS, accounts)]
    assert verdicts.count("complete") > len(verdicts) / 2


def test_a_false_complete_is_noticed_in_every_world(worlds: Contradicted) -> None:
    with core_database.connect("coinfrs_transform", autocommit=True) as connection:
        connection.execute("create table intermediate.kept as select * from completeness.verdicts")
        try:
            connection.execute("update completeness.verdicts set verdict = 'complete'")
            for hidden in worlds.hidden.values():
                assert truth.falsely_complete(hidden, worlds.captures)
        finally:
            connection.execute("truncate completeness.verdicts")
            connection.execute("insert into completeness.verdicts select * from intermediate.kept")
            connection.execute("drop table intermediate.kept")
