"""The wallets of an emulated account: their names in the ledger, and in the types of transfers.

An isolated margin wallet belongs to a pair, and its name in the ledger says so.
"""

ISOLATED_MARGIN = "isolated_margin:"
TRANSFER_NAMES = {
    "spot": "MAIN",
    "funding": "FUNDING",
    "cross_margin": "MARGIN",
    "um_futures": "UMFUTURE",
    "cm_futures": "CMFUTURE",
    "options": "OPTION",
    "portfolio_margin": "PORTFOLIO_MARGIN",
}
# The same in the transfers of a family.
ACCOUNT_TYPES = {
    "spot": "SPOT",
    "um_futures": "USDT_FUTURE",
    "cm_futures": "COIN_FUTURE",
    "cross_margin": "MARGIN",
}
# All documented types.
TRANSFER_TYPES = (
    "MAIN_UMFUTURE", "MAIN_CMFUTURE", "MAIN_MARGIN", "UMFUTURE_MAIN", "UMFUTURE_MARGIN",
    "CMFUTURE_MAIN", "CMFUTURE_MARGIN", "MARGIN_MAIN", "MARGIN_UMFUTURE", "MARGIN_CMFUTURE",
    "ISOLATEDMARGIN_MARGIN", "MARGIN_ISOLATEDMARGIN", "ISOLATEDMARGIN_ISOLATEDMARGIN",
    "MAIN_FUNDING", "FUNDING_MAIN", "FUNDING_UMFUTURE", "UMFUTURE_FUNDING", "MARGIN_FUNDING",
    "FUNDING_MARGIN", "FUNDING_CMFUTURE", "CMFUTURE_FUNDING", "MAIN_OPTION", "OPTION_MAIN",
    "UMFUTURE_OPTION", "OPTION_UMFUTURE", "MARGIN_OPTION", "OPTION_MARGIN", "FUNDING_OPTION",
    "OPTION_FUNDING", "MAIN_PORTFOLIO_MARGIN", "PORTFOLIO_MARGIN_MAIN",
)  # fmt: skip  # The reference's own order, read in rows.
# Made by an endpoint of isolated margin, or as types that no page lists (C21): asset/transfer knows
# none of them here, margin/transfer tells them.
UNLISTED_TYPES = {
    "MAIN_ISOLATEDMARGIN": "MAIN_ISOLATED_MARGIN",
    "ISOLATEDMARGIN_MAIN": "ISOLATED_MARGIN_MAIN",
    "FUNDING_ISOLATEDMARGIN": "FUNDING_ISOLATED_MARGIN",
    "ISOLATEDMARGIN_FUNDING": "ISOLATED_MARGIN_FUNDING",
}
NEEDS_FROM_SYMBOL = frozenset({"ISOLATEDMARGIN_MARGIN", "ISOLATEDMARGIN_ISOLATEDMARGIN"})
NEEDS_TO_SYMBOL = frozenset({"MARGIN_ISOLATEDMARGIN", "ISOLATEDMARGIN_ISOLATEDMARGIN"})


def isolated_symbol(wallet: str) -> str | None:
    """Return the pair of an isolated margin wallet, or None for any other wallet."""
    return wallet.removeprefix(ISOLATED_MARGIN) if wallet.startswith(ISOLATED_MARGIN) else None


def transfer_type(source: str, target: str) -> str:
    """Return the venue's type of a transfer between two wallets of one account.

    Raises:
        ValueError: the venue knows no such transfer.

    """
    names = [
        "ISOLATEDMARGIN" if isolated_symbol(wallet) else TRANSFER_NAMES.get(wallet, wallet)
        for wallet in (source, target)
    ]
    kind = "_".join(names)
    if kind in UNLISTED_TYPES:
        return UNLISTED_TYPES[kind]
    if kind not in TRANSFER_TYPES:
        raise ValueError(f"No transfer from {source} to {target} is documented.")
    return kind
