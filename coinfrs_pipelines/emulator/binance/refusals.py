"""The errors of the emulated Binance, with the codes and texts of its documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coinfrs_pipelines.emulator.binance.accounts import Product


@dataclass
class Refusal(Exception):  # noqa: N818  # An answer of the venue, not an error of this program.
    """An error answer: HTTP status, Binance's own code, its text, and headers that go with it."""

    code: int
    message: str
    status: int = 400
    headers: Mapping[str, str] = field(default_factory=dict)


def mandatory(name: str) -> Refusal:
    """Refuse a request that lacks a mandatory parameter."""
    return Refusal(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    )


def empty(name: str) -> Refusal:
    """Refuse a parameter without a value."""
    return Refusal(-1105, f"Parameter '{name}' was empty.")


def illegal(name: str, legal: str) -> Refusal:
    """Refuse a parameter that is not of its form."""
    return Refusal(
        -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    )


def invalid(name: str) -> Refusal:
    """Refuse a value that is of its form and yet not one that the parameter takes."""
    return Refusal(-1130, f"Data sent for parameter '{name}' is not valid.")


def bad_combination() -> Refusal:
    """Refuse parameters that do not go together."""
    return Refusal(-1128, "Combination of optional parameters invalid.")


def start_after_end() -> Refusal:
    """Refuse a window that ends before it starts."""
    return Refusal(-1023, "Start time is greater than end time.")


def too_long(hours: int) -> Refusal:
    """Refuse a window of trades that is longer than allowed."""
    return Refusal(-1127, f"More than {hours} hours between startTime and endTime.")


def interval_of_days(days: int) -> Refusal:
    """Refuse a window of a SAPI history that is wider than allowed."""
    return Refusal(-4047, f"Time interval must be within 0-{days} days")


def query_range_too_large(_: int) -> Refusal:
    """Refuse a window of a Simple Earn history that is wider than allowed."""
    return Refusal(-6021, "The query time range is too large.")


def invalid_symbol() -> Refusal:
    """Refuse a symbol that is not listed."""
    return Refusal(-1121, "Invalid symbol.")


def unsupported_operation() -> Refusal:
    """Refuse a master's endpoint to a sub-account's key, and the reverse."""
    return Refusal(100001002, "unsupported operation")


def sub_accounts_not_enabled() -> Refusal:
    """Refuse what is about sub-accounts to a master that has none; the text is what is known."""
    return Refusal(-9000, "Sub-account function is not enabled.")


def no_relation() -> Refusal:
    """Refuse an e-mail that is not of the family."""
    return Refusal(-5021, "This parent sub have no relation")


def main_account_only() -> Refusal:
    """Refuse a sub-account what only a main account may do."""
    return Refusal(-4006, "Support main account only.")


def key_format() -> Refusal:
    """Refuse an API key that cannot be one."""
    return Refusal(-2014, "API-key format invalid.", 401)


def key_rejected() -> Refusal:
    """Refuse an API key that does not exist, was revoked, or may not do this."""
    return Refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def not_opened(product: Product) -> Refusal:
    """Refuse an account that never opened a product; futures and options hide it behind the key."""
    if product == "margin":
        return Refusal(-3003, "Margin account does not exist.")
    if product == "portfolio_margin":
        return Refusal(-21001, "USER_IS_NOT_UNIACCOUNT")
    return key_rejected()


def not_opened_by_sub(product: Product) -> Refusal:
    """Refuse a master the wallet of a sub-account that never opened its product."""
    if product == "margin":
        return not_opened(product)
    return Refusal(-5012, "Future account or sub relation does not exist.")


def bad_signature() -> Refusal:
    """Refuse a signature that is not that of the request as it was sent."""
    return Refusal(-1022, "Signature for this request is not valid.")


def too_early() -> Refusal:
    """Refuse a timestamp ahead of the venue's clock."""
    return Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")


def too_late() -> Refusal:
    """Refuse a timestamp older than the receive window."""
    return Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")


def receive_window_too_large() -> Refusal:
    """Refuse a receive window above a minute."""
    return Refusal(-1131, "recvWindow must be less than 60000")


def too_much_weight(limit: int, headers: Mapping[str, str]) -> Refusal:
    """Refuse a request for which the window has no weight left."""
    return Refusal(
        -1003,
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
        429,
        headers,
    )


def too_many_files() -> Refusal:
    """Refuse a file to an account that has asked for all it may in a month."""
    return Refusal(-1003, "Too many requests; the monthly limit of downloads is reached.", 429)


def banned(until_milliseconds: int, headers: Mapping[str, str]) -> Refusal:
    """Refuse everything to an address that went on after it was told to stop."""
    return Refusal(
        -1003,
        f"Way too much request weight used; IP banned until {until_milliseconds}. "
        "Please use WebSocket Streams for live updates to avoid bans.",
        418,
        headers,
    )
