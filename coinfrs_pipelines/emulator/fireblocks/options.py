"""What the protocol reference leaves open about Fireblocks, as options of a world.

Each default is the reading that the connector's MAPPINGS.md states. A world with another value
contradicts that reading, or widens what happens, and is there to show that nothing is then proven
falsely.
"""

from dataclasses import dataclass
from typing import Literal

from coinfrs_pipelines.emulator.fireblocks.chains import ASSETS, ETHEREUM
from coinfrs_pipelines.emulator.fireblocks.users import ROLES
from coinfrs_pipelines.emulator.options import UnknownOptionError

_DAYS_MAX = 10
_LAG_SECONDS_MAX = 86_400
_VAULTS_MAX = 20_000


@dataclass(frozen=True)
class FireblocksOptions:
    """The options of the Fireblocks side of a world; the letters name the reference's section.

    Raises:
        UnknownOptionError: a role or an asset is not one that the venue has.

    """

    # The roles of the API users of the credentials, one user each.
    roles: tuple[str, ...] = ("VIEWER",)
    # B.1: whether `after` and `before` let the bound itself in; the specification says "after"
    # and "before".
    window_bounds: Literal["exclusive", "inclusive"] = "exclusive"
    # D: when an outgoing amount leaves `total` of a wallet that tells a height.
    outgoing_leaves_total: Literal["block", "completion"] = "block"
    # D: how many blocks (fewer than are asked for confirmation) the slowest wallet of an EVM chain
    # may be behind its chain; each wallet has its own lag.
    height_lag_blocks: int = 0
    # D: how far a wallet without a height is behind its records; "balance can lag".
    heightless_lag_seconds: int = 0
    # D: what stands in blockHeight where there is none.
    absent_height: Literal["null", "empty"] = "null"
    # D: whether records of a chain whose wallets tell no height name a block all the same.
    heightless_records_name_blocks: bool = False
    # C.4 row 9: whether a record that failed in a block still tells the fee that was spent.
    failed_fee_is_known: bool = True
    # C.3: whether a completed record of an EVM chain tells the fee; its receipt always does.
    completed_fee_is_known: bool = True
    # C.4 row 9: transfers that fail, and spend their fee, on a chain whose records name no block.
    heightless_failures: bool = False
    # A.3: how far ahead of the venue's clock `iat` may lie.
    future_iat_tolerance_seconds: int = 0
    # A.1: whether a nonce that was served once is refused; the documentation says "unique".
    nonce_is_enforced: bool = True
    # Beside the defaults: how much happens, a day.
    events_per_day: int = 14
    # Wallets that come to be by their first deposit inside the period.
    new_wallet_assets: tuple[str, ...] = ("LINK", "BTC", "SOL")
    # Withdrawals that wait one to three days for their approval.
    late_approvals: bool = False
    # C.4 row 25: incoming amounts that the screening holds; they count in `frozen` and `total`.
    frozen_deposits: bool = False
    # C.1: whether the screening lets go of what it held after hours or days, and somebody freezes
    # by hand what was completed.
    frozen_are_released: bool = False
    # Deposits that are in the mempool at a closing, in `pending` and `total`, and mined after it.
    unmined_at_closing: bool = False
    # C.6: how many days after its block a record may become final: completed, failed or screened.
    late_finality_days: int = 0
    # C.6: records whose block the chain leaves around a closing, before or after they are final.
    reorgs: bool = False
    # C.6: calls whose network records come hours or days after they were completed.
    late_network_records: bool = False
    # C.6: records whose screening says something else days after they were final.
    late_screening: bool = False
    # C.1, C.2: records whose status or operation no enumeration lists; both have moved something.
    unlisted_values: bool = False
    # C.7: balances that change without a record.
    unrecorded_changes: bool = False
    # C.3: whether `networkFee` of a chain that settles on another holds its `L1networkFee`.
    l1_fee_is_in_network_fee: bool = True
    # C.3: whether `networkFee` holds `paidRent`.
    rent_is_in_network_fee: bool = False
    # C.4 row 12: whether a call tells a transfer between own vault accounts as a whole, too.
    network_records_tell_both_sides: bool = False
    # C.4 row 17: transfers that open the receiver's wallet, with a second record of the same hash.
    wallets_enabled_by_transfers: bool = False
    # C.4 row 18: whether what comes back from a validator has a record.
    stake_withdrawals_are_recorded: bool = True
    # How many vault accounts there are at least; those beside the named ones have a wallet of
    # every asset, and nothing happens in most of them.
    vault_accounts: int = 0

    def __post_init__(self) -> None:
        for name, known in (("roles", ROLES), ("new_wallet_assets", frozenset(ASSETS))):
            if strange := set(getattr(self, name)) - known:
                raise UnknownOptionError(
                    f"The option {name} knows no {', '.join(sorted(strange))}."
                )
        if not 0 <= self.height_lag_blocks < ETHEREUM.confirmations:
            raise UnknownOptionError(
                f"The option height_lag_blocks is between 0 and {ETHEREUM.confirmations - 1}."
            )
        for name, most in (
            ("late_finality_days", _DAYS_MAX),
            ("vault_accounts", _VAULTS_MAX),
            ("heightless_lag_seconds", _LAG_SECONDS_MAX),
        ):
            if not 0 <= getattr(self, name) <= most:
                raise UnknownOptionError(f"The option {name} is between 0 and {most}.")
        if not self.roles:
            raise UnknownOptionError("The option roles names at least one role.")
