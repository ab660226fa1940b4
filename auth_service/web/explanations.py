"""Why a day is unproven, in the words of a person who closes books, and what can be done about it.

The codes are those of `completeness`; a code that is not listed here is shown as it stands. Left
out: how a verdict comes about, which docs/architecture.md tells.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """What a reason means, and what helps; `detail` is what the verdict named (a stream, a day)."""

    code: str
    what: str
    help: str
    detail: str = ""


_REASONS: dict[str, tuple[str, str]] = {
    "stream_not_covered": (
        "Some history of this kind was not read to its end",
        "It is read with the next run; if it stays, something at the venue keeps it from that.",
    ),
    "stream_not_read": (
        "The venue has a kind of record that is not read yet",
        "Nothing can be proven where such records may exist. It needs a newer version.",
    ),
    "trades_by_residual": (
        "Trades of rarely used pairs wait for the weekly reading",
        "The day is decided once the reading that follows it has run.",
    ),
    "sub_account_without_key": (
        "The sub-account has no key of its own",
        "Make a read-only key in the sub-account and add it as a data source.",
    ),
    "opening_missing": (
        "The position at the beginning of the day is not known",
        "The first position that is captured opens the books; the days after it can be proven.",
    ),
    "closing_missing": (
        "The position at the end of the day was not captured",
        "The next position that is captured closes the days in between together.",
    ),
    "unmapped_record": (
        "A record of the venue could not be interpreted",
        "It is kept as it came, and is interpreted by a version that knows its form.",
    ),
    "open_record_not_reread": (
        "A transaction was still open and has not been read again",
        "It is read again with the next run.",
    ),
    "network_records_not_settled": (
        "A contract call was read too soon to know all that it moved",
        "The venue tells its movements some time after; it is read again by then.",
    ),
    "wallet_absent": (
        "The venue shows this asset at one end of the day only",
        "Decided when the next position is captured.",
    ),
    "wallet_not_captured": (
        "The wallet is there, and no reading of its balances was whole",
        "It is read again with the next run; if it stays, look at the outcomes of its data source.",
    ),
    "axes_differ": (
        "The two positions are measured differently, by time and by block",
        "Two positions in a row that are measured alike can be compared.",
    ),
    "ambiguous_instant": (
        "A movement happened while the position was being read",
        "The next day contains both sides and is decided as usual.",
    ),
    "completed_without_block": (
        "A completed transaction does not name its block",
        "It is read again; venues add the block later.",
    ),
    "height_runs_back": (
        "The venue read the balance at an earlier block than the time before",
        "Two positions in a row whose blocks follow one another can be compared.",
    ),
    "balance_behind_its_records": (
        "The venue’s balance stands still while its records go on",
        "Ask the venue to refresh the balance of the wallet; the next position then decides.",
    ),
    "pending_not_mined": (
        "A transaction was on its way into a block",
        "Decided once the block is known.",
    ),
    "no_list_of_coins": (
        "The venue’s list of coins was not read",
        "It is read with the next run.",
    ),
    "nothing_judges": (
        "There is nothing to compare this day with",
        "A captured position on the days around it would decide it.",
    ),
    "no_longer_a_cell": (
        "What this balance was derived from turned out to be void",
        "Nothing needs to be done.",
    ),
}

_WALLETS = {
    "spot": "Spot",
    "funding": "Funding",
    "cross_margin": "Cross margin",
    "isolated_margin": "Isolated margin",
    "um_futures": "USD-M futures",
    "cm_futures": "COIN-M futures",
    "options": "Options",
    "portfolio_margin": "Portfolio margin",
    "earn_flexible": "Flexible earn",
    "earn_locked": "Locked earn",
    "vault": "Vault",
}
_COMPONENTS = {
    "balance": "Balance",
    "loan": "Loan",
    "interest": "Interest owed",
    "in_transit": "In transit",
}


def explain(reason: str) -> Explanation:
    """Return what a reason of a verdict means."""
    code, _, detail = reason.partition(": ")
    what, helps = _REASONS.get(code, (code.replace("_", " ").capitalize(), ""))
    return Explanation(code, what, helps, stream_name(detail) if detail else "")


def known_codes() -> frozenset[str]:
    """Return the codes that are explained."""
    return frozenset(_REASONS)


def wallet_name(wallet: str) -> str:
    """Return what the venue's pages call a wallet."""
    kind, _, pair = wallet.partition(":")
    name = _WALLETS.get(kind, kind.replace("_", " ").capitalize())
    return f"{name} {pair}" if pair else name


def component_name(component: str) -> str:
    """Return what a component is called."""
    return _COMPONENTS.get(component, component.replace("_", " ").capitalize())


def stream_name(stream: str) -> str:
    """Return a stream, with its scope after a slash, as words."""
    name, slash, scope = stream.partition("/")
    words = name.replace("_", " ")
    for short, long in (("um ", "USD-M futures "), ("cm ", "COIN-M futures ")):
        if words.startswith(short):
            words = long + words.removeprefix(short)
    return f"{words}, {scope}" if slash else words
