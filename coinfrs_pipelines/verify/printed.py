"""The report on a terminal: days, cells that are not complete, what could not be read or proven."""

from coinfrs_pipelines.console import amount, say, table
from coinfrs_pipelines.verify.report import Report
from coinfrs_pipelines.verify.verdicts import CellVerdict

# More rows of one table than this scroll away unread; --json and --html have all of them.
CELLS_SHOWN_MAX = 100


def print_report(report: Report) -> None:
    """Print a report for a person: days, cells that are not complete, wallets nobody could read."""
    table(
        ("day", "complete", "broken", "unproven", "wallets", "of them unproven"),
        [
            (
                day.day,
                day.complete_cells,
                day.broken_cells,
                day.unproven_cells,
                day.wallets,
                day.unproven_wallets,
            )
            for day in report.days
        ],
        title=f"Verdicts from {report.first} to {report.last}",
    )
    if report.cells:
        table(
            ("day", "verdict", "cell", "amounts"),
            [
                (cell.day, cell.verdict, _named(cell), _amounts(cell))
                for cell in report.cells[:CELLS_SHOWN_MAX]
            ],
            title=f"Not complete: {len(report.cells)} cell-days",
        )
    _say_how_many_more(len(report.cells))
    if report.unread_wallets:
        table(
            ("day", "account", "wallet", "reasons"),
            [
                (
                    wallet.day,
                    f"{wallet.venue} {wallet.account_name}",
                    wallet.wallet,
                    ", ".join(wallet.reasons),
                )
                for wallet in report.unread_wallets[:CELLS_SHOWN_MAX]
            ],
            title="Wallets without a single proven cell",
        )
    _say_how_many_more(len(report.unread_wallets))
    if report.unread_days:
        days = ", ".join(str(day) for day in report.unread_days)
        say(f"Nothing was read on these days, so nothing is proven of them: {days}")
    for source in report.never_proven:
        say(
            f"Nothing of {source.name} ({source.venue} {source.account_ref}, "
            f"{source.environment}) was ever proven: see `coinfrs sources show`."
        )
    if report.outside:
        table(
            ("account", "kind", "why nothing is proven of it"),
            [(each.account, each.kind, each.reason) for each in report.outside],
            title="Outside the proof",
        )
    if report.is_all_complete:
        say("Every cell of every day is complete.")


def _say_how_many_more(count: int) -> None:
    """Say how many rows a table left out."""
    if count > CELLS_SHOWN_MAX:
        say(f"{count - CELLS_SHOWN_MAX} more: --json or --html shows all of them.")


def _named(cell: CellVerdict) -> str:
    """Name the cell and the reasons, a line each."""
    name = f"{cell.wallet} {cell.asset} {cell.component}"
    return "\n".join([cell.account_name, name, *cell.reasons])


def _amounts(cell: CellVerdict) -> str:
    """Write the amounts below each other: two long ones do not fit beside each other."""
    told = {
        "expected": cell.expected_amount,
        "observed": cell.observed_amount,
        "difference": cell.difference,
    }
    return "\n".join(f"{name:<10} {amount(value)}" for name, value in told.items())
