"""Stage 2: staging tables become canonical transactions, positions and verdicts (SQL in dbt)."""
