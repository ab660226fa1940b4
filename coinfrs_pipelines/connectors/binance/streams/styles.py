"""The page styles that many of Binance's lists share; what is of one list alone stands with it."""

from datetime import timedelta

from coinfrs_pipelines.connectors.streams import ByNumber, ByTime, Window


def numbered(window: Window, page_size: int = 100) -> ByNumber:
    """Return pages by `current` and `size`, whose `total` counts the rows of the window."""
    return ByNumber(
        page_size=page_size,
        window=window,
        number_param="current",
        size_param="size",
        total_at=("total",),
    )


def income(widest: timedelta, types: tuple[str, ...]) -> ByTime:
    """Return the pages of income: by time, oldest first, and a full second again by its types.

    There are no pages since October 2026; a full answer is continued at its last second, not after
    it (C47).
    """
    return ByTime(
        page_size=1000,
        window=Window(widest=widest),
        ascending=True,
        split=("incomeType", types),
    )
