"""Writes the transfers of an emulated account: between its wallets, and within its family."""

from datetime import datetime
from decimal import Decimal

from coinfrs_pipelines.emulator.binance.accounts import Account
from coinfrs_pipelines.emulator.binance.authoring.balances import NOTHING, part_of
from coinfrs_pipelines.emulator.binance.authoring.draft import Draft
from coinfrs_pipelines.emulator.binance.records import FamilyTransfer, WalletTransfer
from coinfrs_pipelines.emulator.binance.wallets import transfer_type

FAILED_PERCENT = 4


def book_transfer(
    draft: Draft,
    uid: int,
    source: str,
    target: str,
    asset: str,
    amount: Decimal,
    *,
    is_confirmed: bool = True,
) -> WalletTransfer:
    """Move an amount between two wallets of an account now; a failed transfer moves nothing."""
    transfer = WalletTransfer(
        uid=uid,
        kind=transfer_type(source, target),
        source=source,
        target=target,
        asset=asset,
        amount=amount,
        tran_id=draft.numbers.transfer(),
        at=draft.now,
        is_confirmed=is_confirmed,
    )
    draft.history.wallet_transfers.append(transfer)
    if is_confirmed:
        draft.balances.add(uid, source, asset, -amount)
        draft.balances.add(uid, target, asset, amount)
    return transfer


def book_family_transfer(
    draft: Draft, source: tuple[int, str], target: tuple[int, str], asset: str, amount: Decimal
) -> FamilyTransfer:
    """Move an amount now from one account's wallet to another's; now and then it fails."""
    transfer = FamilyTransfer(
        source_uid=source[0],
        target_uid=target[0],
        asset=asset,
        amount=amount,
        tran_id=draft.numbers.transfer(),
        sub_history_tran_id=draft.numbers.transfer(),
        client_tran_id=draft.numbers.text(32),
        at=draft.now,
        is_successful=not draft.chance(FAILED_PERCENT),
        source_wallet=source[1],
        target_wallet=target[1],
    )
    draft.history.family_transfers.append(transfer)
    if transfer.is_successful:
        draft.balances.add(*source, asset, -amount)
        draft.balances.add(*target, asset, amount)
    return transfer


class Transfers:
    """Transfers that leave the family's sum unchanged; a failed one moves nothing."""

    def __init__(self, draft: Draft, accounts: tuple[Account, ...]) -> None:
        self._draft = draft
        self._accounts = accounts

    def between_wallets(self, account: Account, _: datetime) -> None:
        """Move an asset from spot to funding or back, sometimes all of it."""
        rng, balances = self._draft.rng, self._draft.balances
        source, target = rng.choice((("spot", "funding"), ("funding", "spot")))
        asset = self._draft.choose_held(account.uid, source)
        if asset is None:
            return
        free = balances.free(account.uid, source, asset)
        amount = free if self._draft.chance(10) else part_of(rng, free, 1, 25)
        if amount <= NOTHING:
            return
        is_confirmed = not self._draft.chance(FAILED_PERCENT)
        book_transfer(
            self._draft, account.uid, source, target, asset, amount, is_confirmed=is_confirmed
        )

    def within_family(self, account: Account, _: datetime) -> None:
        """Send an asset from this account's spot wallet to another account's."""
        rng, balances = self._draft.rng, self._draft.balances
        others = [other for other in self._accounts if other != account]
        if not others:
            return
        target = rng.choice(others)
        asset = self._draft.choose_held(account.uid, "spot")
        if asset is None:
            return
        amount = part_of(rng, balances.free(account.uid, "spot", asset), 1, 20)
        if amount <= NOTHING:
            return
        book_family_transfer(
            self._draft, (account.uid, "spot"), (target.uid, "spot"), asset, amount
        )
