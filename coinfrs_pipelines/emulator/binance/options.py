"""What the protocol reference leaves open about Binance, as options of a world.

Each default is the reading that the connector's MAPPINGS.md states. A world with another value
contradicts that reading, and is there to show that nothing is then proven falsely.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from coinfrs_pipelines.emulator.options import UnknownOptionError

SUB_ACCOUNTS_MAX = 2


@dataclass(frozen=True)
class BinanceOptions:
    """The options of the Binance side of a world; the letters name the reference's section.

    Raises:
        UnknownOptionError: a value is not one that a family can have.

    """

    # D2: where the snapshot is cut, relative to the 00:00:00 that follows its day (its label says
    # one second before). JSON: seconds, may be negative.
    snapshot_cut: timedelta = timedelta(0)
    # D1: how long after that 00:00:00 the snapshot is published. No source states it.
    snapshot_published_after: timedelta = timedelta(minutes=2)
    # D3: whether what is being withdrawn is still in the snapshot's `free`.
    snapshot_includes_withdrawing: bool = False
    # D3: whether frozen amounts are still in the snapshot's `free`.
    snapshot_includes_freeze: bool = False
    # G7: whether one transfer has the same tranId in universalTransfer and in subUserHistory.
    sub_history_shares_tran_id: bool = True
    # G7, B4: whether the subUserId of sub-account/list is the uid of /api/v3/account.
    sub_user_id_is_uid: bool = True
    # B3: the order of deposits, withdrawals and transfers, which is documented nowhere.
    list_order: Literal["newest_first", "oldest_first"] = "newest_first"
    # B3: whether a withdrawal's `amount` is what arrives, the fee being debited on top of it.
    withdrawal_amount_is_net: bool = True
    # B3 ("main only (?)"): whether a sub-account's key may read withdrawals (it then sees none).
    subs_read_withdrawals: bool = True
    # Sample rows carry whole seconds in insertTime and completeTime; whether all do is not stated.
    deposit_times_in_seconds: bool = False
    # B6: whether capital flow tells amounts that leave the margin wallet with a minus. Published
    # samples have none; what was seen of live transfers has.
    capital_flow_is_signed: bool = True
    # B6: whether margin interest that is paid in BNB leaves the margin wallet, or spot.
    margin_interest_in_bnb_from_margin: bool = True
    # B0.5: whether margin/transfer tells its times in whole seconds.
    margin_transfer_times_in_seconds: bool = False
    # Beside the defaults: the day as of which the events are drawn, where that is not the first one
    # of the world: a world of the last days is then the same every day.
    drawn_as_of: str = ""
    # Beside the defaults: how many of the two sub-accounts the family has; the function is not
    # enabled for a master without any.
    sub_accounts: int = 2
    # Beside the defaults: how many times as much an account does on a day.
    busier: int = 1
    # Beside the defaults: withdrawals that are cancelled, whose return has no time in the API.
    cancelled_withdrawals: bool = False
    # B2, D: whether the account and the snapshots of spot show flexible earn as LD<asset>.
    spot_shows_earn: bool = True
    # B5: whether what is being redeemed is still in the position of flexible earn until it is paid.
    redemptions_leave_when_paid: bool = False
    # B5: whether real-time rewards come into the position hour by hour, before they are told.
    rewards_accrue_by_the_hour: bool = False
    # B3: whether a deposit credited with status 6 sits in `freeze` until it may be withdrawn.
    freezes: bool = False
    # B3: the wallet that conversions move; no record names it.
    convert_wallet: Literal["spot", "funding"] = "spot"
    # C32: whether the history of conversions shows limit orders that are not filled yet.
    convert_shows_pending: bool = False
    # B3: the wallet that cloud mining is paid from; no record names it.
    cloud_mining_wallet: Literal["spot", "funding"] = "spot"
    # B3: whether what a custodian delegates leaves the sub-account, instead of coming into it.
    custody_delegates_out: bool = False
    # B3: the wallet that collectibles are paid from and into; no record names it.
    nft_wallet: Literal["spot", "funding"] = "spot"
    # B3: whether orders of stocks are filled, and the stocks converted; for what is never told.
    stocks_are_filled: bool = False
    # B3: whether the fee of a fiat order comes on top of what its `amount` moves.
    fiat_fees_on_top: bool = False
    # B5: gift cards, which leave the funding wallet and which no endpoint shows.
    gift_cards: bool = False
    # C54: whether the master and its first sub-account are of one trade group, and meet each other.
    trade_group: bool = False
    # B5: whether what is redeemed of staking stays in the wallet until the other asset arrives.
    redeemed_leaves_on_arrival: bool = False
    # B5: whether dual investments are settled in this world; in what and for how much is not told.
    dual_investments_settle: bool = False
    # C7: whether income older than what is kept is answered with the latest rows, without an error.
    old_income_is_latest: bool = False
    # B7: whether negative balances of portfolio margin are exchanged; for what is never told.
    pm_negative_balance_exchanges: bool = False
    # B7: whether interest on a negative balance is in the history of margin interest too.
    pm_negative_interest_in_margin_history: bool = True
    # B2: whether an options wallet's marginBalance leaves out what is not realised.
    option_margin_balance_is_realised: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.sub_accounts <= SUB_ACCOUNTS_MAX:
            raise UnknownOptionError(
                f"The option sub_accounts is between 0 and {SUB_ACCOUNTS_MAX}."
            )
        if self.busier < 1:
            raise UnknownOptionError("The option busier is at least 1.")
        if self.trade_group and not self.sub_accounts:
            raise UnknownOptionError("The option trade_group needs a sub-account to meet.")
