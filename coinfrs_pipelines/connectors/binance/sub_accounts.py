"""What a master's key sees of the positions of its sub-accounts, wallet by wallet.

Three of a sub-account's wallets and the coin-margined one are shown to its master, one e-mail at a
time (binance.md B2); funding, earn, isolated margin and options are shown to the sub-account's own
key alone. How such a list is read whole stands in `positions.py`.
"""

from coinfrs_pipelines.connectors.binance.auth import sapi
from coinfrs_pipelines.connectors.binance.wallets import MARGIN_FIELDS, BalanceList, Wallet

# Version 3 costs the same and tells numbers as JSON floats; every digit of either is kept.
SPOT = sapi("/sapi/v4/sub-account/assets", 60, by_account=True)
CROSS_MARGIN = sapi("/sapi/v1/sub-account/margin/account", 10)
FUTURES = sapi("/sapi/v2/sub-account/futures/account", 1)


def wallets_of(email: str) -> tuple[Wallet, ...]:
    """Return the wallets of the sub-account with this e-mail, as its master may read them."""
    whose = ("email", email)
    return (
        Wallet(
            "spot",
            "SPOT",
            (
                BalanceList(
                    "sub_account_assets",
                    SPOT,
                    ("free", "locked", "freeze", "withdrawing"),
                    rows_at=("balances",),
                    params=(whose,),
                ),
            ),
        ),
        Wallet(
            "cross_margin",
            "CROSS_MARGIN",
            (
                BalanceList(
                    "sub_account_margin",
                    CROSS_MARGIN,
                    MARGIN_FIELDS,
                    rows_at=("marginUserAssetVoList",),
                    params=(whose,),
                ),
            ),
        ),
        _futures(whose, "um_futures", "USDT_FUTURE", "1", "futureAccountResp"),
        _futures(whose, "cm_futures", "COIN_FUTURE", "2", "deliveryAccountResp"),
    )


def _futures(
    whose: tuple[str, str], name: str, account_type: str, futures_type: str, rows_at: str
) -> Wallet:
    # As for the wallet's own key, what open positions would bring is not compared.
    told = BalanceList(
        f"sub_account_{name}",
        FUTURES,
        ("walletBalance",),
        rows_at=(rows_at, "assets"),
        params=(whose, ("futuresType", futures_type)),
    )
    return Wallet(name, account_type, (told,))
