"""Files: raw tables for the rows of the venue's own export files, and requests that are imports."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

RAW_STREAMS = {
    "staging_binance": (
        "um_income_files",
        "cm_income_files",
        "spot_trade_files",
        "transaction_history_files",
    )
}

PHASES = "'before_captures', 'captures', 'after_captures'"


def _allow_phases(phases: str) -> None:
    op.execute(
        "alter table coverage.requests drop constraint requests_phase_check, "
        f"add constraint requests_phase_check check (phase in ({phases}))"
    )


def upgrade() -> None:
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"select coverage.create_raw_table('binance', '{stream}')")
    _allow_phases(f"{PHASES}, 'import'")
    op.execute(
        "comment on column coverage.intervals.method is "
        "'How it was proven: by asking the endpoint, or by a file that the venue made for the period.'"
    )


def downgrade() -> None:
    op.execute(
        "do $$ begin if exists (select from coverage.requests where phase = 'import') then "
        "raise exception 'files were imported: their evidence cannot be kept by this older schema'; "
        "end if; end $$"
    )
    op.execute("comment on column coverage.intervals.method is null")
    _allow_phases(PHASES)
    for stream in RAW_STREAMS["staging_binance"]:
        op.execute(f"drop table staging_binance.raw_{stream} cascade")
