"""The tables of the schema `registry` that this package writes, as SQLAlchemy names them.

The migrations make them and hold their constraints; here stands only what statements mention.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

_REGISTRY = MetaData(schema="registry")
_INSTANT = DateTime(timezone=True)


def _table(name: str, *columns: Column[Any], versioned: bool = True) -> Table:
    """Return a table with its audit columns, which are the same everywhere."""
    return Table(
        name,
        _REGISTRY,
        *columns,
        *([Column("version", Integer)] if versioned else []),
        Column("created_at", _INSTANT),
        Column("created_by", Uuid),
        Column("updated_at", _INSTANT),
        Column("updated_by", Uuid),
        Column("deleted_at", _INSTANT),
    )


USERS = Table("users", MetaData(schema="auth"), Column("id", Uuid), Column("email", String))

PORTFOLIOS = _table(
    "portfolios", Column("id", Uuid), Column("kind", String), Column("name", String)
)
MEMBERS = _table(
    "portfolio_members",
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("user_id", Uuid),
    Column("role", String),
)
INVITATIONS = _table(
    "invitations",
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("email", String),
    Column("role", String),
    Column("expires_at", _INSTANT),
    Column("accepted_at", _INSTANT),
    Column("accepted_by", Uuid),
    Column("declined_at", _INSTANT),
)
ENTITIES = _table(
    "entities",
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("kind", String),
    Column("name", String),
)
COST_POOLS = _table(
    "cost_pools",
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("name", String),
    Column("method", String),
)
CHART_OF_ACCOUNTS = _table(
    "chart_of_accounts",
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("type", String),
    Column("name", String),
    Column("balance_code", String),
    Column("in_transit_code", String),
    Column("loan_code", String),
    Column("interest_code", String),
)
LOCATION_GROUPS = _table(
    "location_groups",
    Column("id", Uuid),
    Column("portfolio_id", Uuid),
    Column("entity_id", Uuid),
    Column("name", String),
    Column("cost_pool_id", Uuid),
    Column("chart_of_accounts_id", Uuid),
    Column("approved_at", _INSTANT),
    Column("approved_by", Uuid),
)
MAPPINGS = _table(
    "account_mappings",
    Column("id", Uuid),
    Column("account_id", Uuid),
    Column("data_source_id", Uuid),
    Column("portfolio_id", Uuid),
    Column("location_group_id", Uuid),
    versioned=False,
)
DATA_SOURCES = Table(
    "data_sources",
    _REGISTRY,
    Column("id", Uuid),
    Column("owner_id", Uuid),
    Column("venue", String),
    Column("environment", String),
    Column("name", String),
    Column("account_ref", String),
    Column("account_kind", String),
    Column("history_start", Date),
    Column("version", Integer),
    Column("created_at", _INSTANT),
    Column("updated_at", _INSTANT),
    Column("updated_by", Uuid),
    Column("disabled_at", _INSTANT),
    Column("disabled_reason", String),
)
ACCOUNTS_SEEN = Table(
    "data_source_accounts",
    _REGISTRY,
    Column("data_source_id", Uuid),
    Column("account_id", Uuid),
    Column("external_id", String),
    Column("name", String),
    Column("kind", String),
    Column("parent_account_id", Uuid),
    Column("first_seen_at", _INSTANT),
    Column("last_seen_at", _INSTANT),
)
PROOFS = Table(
    "permission_proofs",
    _REGISTRY,
    Column("data_source_id", Uuid),
    Column("proven_at", _INSTANT),
    Column("is_read_only", Boolean),
)
NOTICES = Table(
    "notices",
    _REGISTRY,
    Column("id", Uuid),
    Column("data_source_id", Uuid),
    Column("attempts", Integer),
    Column("next_attempt_at", _INSTANT),
    Column("sent_at", _INSTANT),
)
KEPT_ANSWERS = Table(
    "kept_answers",
    _REGISTRY,
    Column("user_id", Uuid),
    Column("idempotency_key", String),
    Column("request_digest", LargeBinary),
    Column("status", Integer),
    Column("headers", JSONB),
    Column("body", String),
    Column("created_at", _INSTANT),
)
