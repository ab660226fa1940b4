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
    # D: what stands in blockHeight where there is none.
    absent_height: Literal["null", "empty"] = "null"
    # D: whether records of a chain whose wallets tell no height name a block all the same.
    heightless_records_name_blocks: bool = False
    # C.4 row 9: whether a record that failed in a block still tells the fee that was spent.
    failed_fee_is_known: bool = True
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
    # Deposits that are in the mempool at a closing, in `pending` and `total`, and mined after it.
    unmined_at_closing: bool = False

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
        if not self.roles:
            raise UnknownOptionError("The option roles names at least one role.")
