"""The families of records that an author of history writes beside spot, capital and transfers.

A family is a module of its own here and one in `faces`; it stands in the tuple at the end. What it
writes are movements, holds and wallet transfers: nothing else needs to know its kinds.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.allocations import Allocations
from coinfrs_pipelines.emulator.binance.authoring.conversions import Conversions
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.authoring.dual_investments import DualInvestments
from coinfrs_pipelines.emulator.binance.authoring.earn import FlexibleEarn
from coinfrs_pipelines.emulator.binance.authoring.earn_rewards import EarnRewards
from coinfrs_pipelines.emulator.binance.authoring.fiat import Fiat
from coinfrs_pipelines.emulator.binance.authoring.futures import Futures
from coinfrs_pipelines.emulator.binance.authoring.liquidations import Liquidations
from coinfrs_pipelines.emulator.binance.authoring.loans import Loans
from coinfrs_pipelines.emulator.binance.authoring.locked_earn import LockedEarn
from coinfrs_pipelines.emulator.binance.authoring.margin import Margin
from coinfrs_pipelines.emulator.binance.authoring.nft import Collectibles
from coinfrs_pipelines.emulator.binance.authoring.orders import Trading
from coinfrs_pipelines.emulator.binance.authoring.outside import Outside
from coinfrs_pipelines.emulator.binance.authoring.payments import Payments
from coinfrs_pipelines.emulator.binance.authoring.portfolio import PortfolioMargin
from coinfrs_pipelines.emulator.binance.authoring.prevented import PreventedMatches
from coinfrs_pipelines.emulator.binance.authoring.staking import Staking
from coinfrs_pipelines.emulator.binance.authoring.stocks import Stocks
from coinfrs_pipelines.emulator.binance.authoring.vanilla_options import VanillaOptions
from coinfrs_pipelines.emulator.binance.authoring.vip_loans import VipLoans
from coinfrs_pipelines.emulator.binance.authoring.wallet import Wallet
from coinfrs_pipelines.emulator.binance.authoring.yields import Yields

AccountStep = Callable[[Account, datetime], None]


class Family(Protocol):
    """What an author asks of a family."""

    def open(self, start: datetime) -> None:
        """Schedule what the accounts begin with.

        Everything that spot and funding open with is there an hour before `start`.
        """

    def plan_day(self, day: datetime, number: int, last: int) -> None:
        """Schedule what happens by the clock on the day that begins at `day`.

        All days are planned before the first step runs: balances are known to the steps alone.
        """

    def chances(self, account: Account) -> Sequence[tuple[AccountStep, int]]:
        """Return the steps that this account may do at any instant, with their weights.

        A step that is not possible with what is there does nothing. Of about a hundred weights of
        the spot account a family takes ten to twenty.
        """


MakeFamily = Callable[[Draft, tuple[Account, ...], Trading], Family]

# At the opening the first of them takes its part first, and one of the others may take the rest.
FAMILIES: tuple[MakeFamily, ...] = (
    PortfolioMargin,
    Wallet,
    Conversions,
    Fiat,
    Payments,
    FlexibleEarn,
    EarnRewards,
    LockedEarn,
    Staking,
    Yields,
    Loans,
    Margin,
    Futures,
    VanillaOptions,
    Allocations,
    DualInvestments,
    Liquidations,
    VipLoans,
    Outside,
    Collectibles,
    Stocks,
    PreventedMatches,
)
