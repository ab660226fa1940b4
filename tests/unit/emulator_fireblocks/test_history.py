"""What happens in an emulated workspace, and when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coinfrs_pipelines.emulator.fireblocks.chains import (
    ALGORAND,
    ASSETS,
    BITCOIN,
    ETHEREUM,
    OPTIMISM,
    SOLANA,
    XRP_LEDGER,
)
from coinfrs_pipelines.emulator.fireblocks.movements import Movement
from coinfrs_pipelines.emulator.fireblocks.options import FireblocksOptions
from coinfrs_pipelines.emulator.fireblocks.timelines import QUIET_AFTER_MIDNIGHT, midnight_before
from coinfrs_pipelines.emulator.fireblocks.world import FireblocksWorld
from coinfrs_pipelines.emulator.options import UnknownOptionError, read_options

START = datetime(2026, 1, 5, tzinfo=UTC)
SEEDS = st.integers(0, 10**9)
EVERYTHING = FireblocksOptions(
    frozen_deposits=True,
    frozen_are_released=True,
    late_approvals=True,
    late_finality_days=10,
    late_network_records=True,
    late_screening=True,
    reorgs=True,
    unlisted_values=True,
    unrecorded_changes=True,
    unmined_at_closing=True,
    wallets_enabled_by_transfers=True,
    events_per_day=20,
)
BY_DEFAULT = {
    "deposit",
    "withdrawal",
    "vault_transfer",
    "own_address_sent",
    "own_address_received",
    "consolidation",
    "multi_destination",
    "reverted",
    "contract_call",
    "batch_call",
    "program_call",
    "plain_call",
    "reverted_call",
    "approve",
    "mint",
    "burn",
    "enable_asset",
    "stake",
    "stake_withdrawal",
    "from_exchange",
    "to_exchange",
    "exchange_refuses",
    "within_exchange",
    "gas_station",
    "gas_tank",
    "fee_payer",
    "local_relay",
    "third_party_relay",
    "meta_transaction",
    "replaced",
    "booster",
    "drop",
    "rewarded_transfer",
    "never_broadcast",
    "dropped",
    "cancelled",
    "rejected",
    "blocked",
    "typed_message",
    "raw",
}
WHERE_ASKED_FOR = {
    "frozen_deposit",
    "frozen_by_hand",
    "late_call",
    "screened_again",
    "confirmed_late",
    "screened_late",
    "failed_late",
    "reorganised",
    "reorganised_deposit",
    "reorganised_when_final",
    "dropped_after_a_block",
    "enabling_transfer",
    "enabled_by_transfer",
    "timed_out",
    "unstaked",
}
UNRECORDED = {"unrecorded_credit", "unrecorded_spend", "unrecorded_find"}


def world(
    seed: int = 7, days: int = 9, index: int = 0, options: FireblocksOptions | None = None
) -> FireblocksWorld:
    return FireblocksWorld(seed, START, days, index, options or FireblocksOptions())


def movements(of: FireblocksWorld) -> list[Movement]:
    return list(of.movements_by(START + timedelta(days=999)))


def test_equal_seeds_make_equal_worlds_and_other_seeds_others() -> None:
    assert world().ledger_events == world().ledger_events
    assert world().workspace_id == world().workspace_id
    assert world().ledger_events != world(seed=8).ledger_events


def test_an_index_changes_names_and_nothing_else() -> None:
    first, second = world(index=0), world(index=1)
    for one, other in zip(movements(first), movements(second), strict=True):
        assert one.tx_id != other.tx_id
        assert (one.kind, one.stages, one.net, one.height) == (
            other.kind,
            other.stages,
            other.net,
            other.height,
        )
    assert not {each.tx_id for each in movements(first)} & {
        each.tx_id for each in movements(second)
    }
    assert first.credentials()[0]["api_key"] != second.credentials()[0]["api_key"]


def test_a_longer_world_begins_like_a_shorter_one() -> None:
    shorter, longer = movements(world(days=9)), movements(world(days=30))
    assert longer[: len(shorter)] == shorter


def test_every_kind_happens_within_nine_days() -> None:
    usual = {movement.kind for movement in movements(world())}
    assert usual == BY_DEFAULT
    everything = {movement.kind for movement in movements(world(options=EVERYTHING))}
    assert everything == BY_DEFAULT | WHERE_ASKED_FOR
    events = {event.kind for event in world(options=EVERYTHING).ledger_events}
    assert events == everything | UNRECORDED | {"opening"}
    assert {movement.asset.id for movement in movements(world())} == set(ASSETS)


def test_every_documented_status_is_met() -> None:
    met = {stage.status for each in movements(world(options=EVERYTHING)) for stage in each.stages}
    assert met - {"TIMEOUT"} == {
        "SUBMITTED",
        "PENDING_AML_SCREENING",
        "PENDING_ENRICHMENT",
        "PENDING_AUTHORIZATION",
        "QUEUED",
        "PENDING_SIGNATURE",
        "PENDING_3RD_PARTY_MANUAL_APPROVAL",
        "PENDING_3RD_PARTY",
        "CANCELLING",
        "BROADCASTING",
        "CONFIRMING",
        "COMPLETED",
        "CANCELLED",
        "BLOCKED",
        "REJECTED",
        "FAILED",
    }


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_nothing_happens_in_the_first_ten_minutes_of_a_day(seed: int) -> None:
    for movement in movements(world(seed, options=EVERYTHING)):
        instants = [stage.at for stage in movement.stages] + [leg.at for leg in movement.legs]
        for instant in instants:
            assert instant - midnight_before(instant) >= QUIET_AFTER_MIDNIGHT
            assert instant.microsecond % 1_000 == 0


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_stages_follow_each_other_and_legs_have_happened_by_the_end(seed: int) -> None:
    for movement in movements(world(seed, options=EVERYTHING)):
        instants = [stage.at for stage in movement.stages]
        assert instants == sorted(set(instants))
        for leg in movement.legs:
            assert leg.at <= movement.ended_at
            if leg.height is not None:
                assert leg.height == movement.height
                assert leg.at == movement.asset.chain.mined_at(leg.height)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_on_chains_without_heights_a_day_ends_what_it_began(seed: int) -> None:
    for movement in movements(world(seed)):
        if not movement.asset.chain.wallets_have_height:
            assert movement.created_at.date() == movement.ended_at.date()
            assert all(leg.height is None for leg in movement.legs)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_by_default_whatever_is_broadcast_is_mined_before_midnight(seed: int) -> None:
    for movement in movements(world(seed)):
        assert all(leg.at.date() == movement.created_at.date() for leg in movement.legs)


def test_something_confirms_over_a_midnight() -> None:
    """A leg is in the balance from its block on, so this has to happen at some closing."""
    assert any(
        movement.legs and movement.ended_at.date() > movement.created_at.date()
        for movement in movements(world())
    )


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(1, 9 * 24 * 60))
def test_no_amount_is_ever_negative(seed: int, minutes: int) -> None:
    positions = world(seed, options=EVERYTHING).wallet_positions(START + timedelta(minutes=minutes))
    for each in positions:
        assert min(each.available, each.pending, each.frozen, each.locked) >= 0


@pytest.mark.parametrize("days", [1, 2, 3])
def test_a_short_world_has_its_new_wallets_too(days: int) -> None:
    short = world(days=days)
    end = START + timedelta(days=days)
    born = [p for p in short.wallet_positions(end) if p.wallet.created_at > START]
    assert {position.wallet.asset_id for position in born} == {"LINK", "BTC", "SOL"}


def test_heights_are_a_function_of_time() -> None:
    for chain in (ALGORAND, BITCOIN, ETHEREUM, OPTIMISM, SOLANA, XRP_LEDGER):
        height = chain.height_at(START)
        mined_at = chain.mined_at(height)
        assert mined_at <= START < chain.mined_at(height + 1)
        assert chain.height_at(mined_at) == height
        assert chain.height_at(mined_at - timedelta(milliseconds=1)) == height - 1
        assert chain.block_hash(height) == chain.block_hash(height) != chain.block_hash(height + 1)


def test_no_block_of_a_chain_with_heights_falls_on_a_full_minute() -> None:
    """A clock that is held at a full minute would otherwise stand exactly on a block."""
    for chain in (BITCOIN, ETHEREUM, OPTIMISM):
        for number in range(200):
            mined_at = chain.mined_at(chain.height_at(START) + number)
            assert (mined_at.second, mined_at.microsecond) != (0, 0)


def test_options_are_read_from_json_and_checked() -> None:
    options = read_options(FireblocksOptions, {"roles": ["VIEWER", "ADMIN"], "events_per_day": 3})
    assert [each["kind"] for each in world(options=options).credentials()] == ["workspace"] * 2
    refused: list[tuple[str, object]] = [
        ("roles", ["EMPEROR"]),
        ("roles", []),
        ("new_wallet_assets", ["DOGE"]),
        ("height_lag_blocks", 12),
        ("late_finality_days", 11),
        ("vault_accounts", -1),
        ("heightless_lag_seconds", 10**6),
    ]
    for name, wrong in refused:
        with pytest.raises(UnknownOptionError):
            read_options(FireblocksOptions, {name: wrong})


def test_a_credential_is_what_a_user_would_register() -> None:
    (credential,) = world().credentials()
    assert credential["venue"] == "fireblocks"
    assert credential["account_ref"] == world().workspace_id
    assert credential["private_key_pem"].startswith("-----BEGIN PRIVATE KEY-----")
