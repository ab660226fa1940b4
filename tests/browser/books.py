"""What a treasurer sees: registered keys, and tables of verdicts as dbt would leave them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from coinfrs_pipelines.core import data_sources, database
from coinfrs_pipelines.emulator.world import World
from tests.integration.auth.conftest import Door

LAST = date(2026, 1, 12)
DAYS = 12
EMAIL = "treasurer@example.com"
BINANCE_WALLETS = {
    "treasury": ("spot", "funding", "earn_flexible", "um_futures"),
    "market making": ("spot", "cross_margin", "um_futures"),
    "arbitrage": ("spot", "funding"),
}
WITHOUT_TRADES = (
    "its trades, its fees and its other deposits are not among the records of the workspace"
)
# The columns of dbt's contracts that pages read; that they are there is tested beside the models.
TABLES = """
create table canonical.accounts (
    account_id uuid, owner_id uuid, venue text, environment text, external_id text, name text,
    kind text, parent_account_id uuid, is_in_proof boolean, outside_reason text
);
create table canonical.data_sources (
    data_source_id uuid, owner_id uuid, venue text, environment text, name text, account_ref text,
    account_kind text, history_start date, created_at timestamptz, disabled_at timestamptz
);
create table completeness.wallet_days (
    owner_id uuid, account_id uuid, venue text, wallet text, day date, cell_count integer,
    complete_count integer, broken_count integer, unproven_count integer, verdict text,
    reasons text[]
);
create table completeness.verdicts (
    owner_id uuid, account_id uuid, venue text, wallet text, asset text, component text, day date,
    verdict text, reasons text[], kind text, opening_amount numeric, movement_amount numeric,
    expected_amount numeric, observed_amount numeric, difference numeric
);
create table completeness.retention (
    owner_id uuid, account_id uuid, venue text, stream text, scope text, retention_days integer,
    wanted_from timestamptz, unread_from timestamptz, forgotten_at timestamptz, days_left integer,
    lost_from timestamptz, lost_to timestamptz, state text
);
insert into canonical.data_sources
select id, owner_id, venue, environment, name, account_ref, account_kind, history_start, created_at,
    disabled_at
from registry.data_sources;
"""


class Books:
    """The treasurer's data sources and twelve days of verdicts: most complete, some not."""

    def __init__(self, door: Door, world: World) -> None:
        self.email = EMAIL
        self.may_withdraw: dict[str, str] = {}
        self.sources: dict[str, UUID] = {}
        with door.signed_in(EMAIL) as http:
            ended = {**world.binance.credentials()[2], "name": "arbitrage until 2025"}
            assert http.delete(f"/datasources/{_register(http, ended)}").status_code == 204
            for credential in (*world.binance.credentials(), *world.fireblocks.credentials()):
                self.sources[credential["name"]] = UUID(_register(http, credential))
            self.owner_id = UUID(http.get("/users/me").json()["id"])
            self.portfolio_id = self._portfolio(http)
        self._connection = database.connect("coinfrs_transform", autocommit=True)
        with self._connection:
            self._connection.execute(TABLES)
            for credential in world.binance.credentials():
                self._account(credential, credential["name"], credential["account_ref"])
            [workspace] = world.fireblocks.credentials()
            for number, name in enumerate(("Hot", "Cold storage", "Payroll")):
                self._account(workspace, name, f"{workspace['account_ref']}/{number}")
            self._outside(workspace, "exchange_account", "Kraken", WITHOUT_TRADES)
            self._outside(workspace, "gas_station", None, "a Viewer cannot read its balance")

    def _portfolio(self, http: Any) -> UUID:
        """Make a portfolio in which an account is booked and somebody is invited."""
        portfolio = _made(http, "/portfolios", kind="group", name="Meridian Trading")
        of_it = f"/portfolios/{portfolio}"
        entity = _made(http, f"{of_it}/entities", kind="company", name="Meridian Trading Ltd")
        _made(http, f"{of_it}/entities", kind="company", name="Meridian Treasury GmbH")
        pool = _made(http, "/cost-pools", portfolio_id=portfolio, name="Trading", method="fifo")
        chart = _made(
            http,
            "/chart-of-accounts",
            portfolio_id=portfolio,
            type="digital_assets",
            name="Digital assets at exchanges",
            codes={"balance": "1210", "in_transit": "1215", "loan": "2310"},
        )
        group = _made(
            http,
            "/location-groups",
            portfolio_id=portfolio,
            entity_id=entity,
            name="Market making",
            cost_pool_id=pool,
            chart_of_accounts_id=chart,
        )
        source = self.sources["market making"]
        [account] = http.get(f"/datasources/{source}/accounts").json()["items"]
        _made(http, f"/location-groups/{group}/accounts", account_id=account["account_id"])
        invited = {"email": "auditor@example.com", "role": "viewer"}
        _made(http, f"{of_it}/invitations", **invited)
        return UUID(portfolio)

    def _account(self, credential: dict[str, str], name: str, external_id: str) -> None:
        venue = credential["venue"]
        account = data_sources.account_id(self.owner_id, venue, "emulator", external_id)
        self._insert(
            "canonical.accounts",
            account, self.owner_id, venue, "emulator", external_id, name,
            "vault_account" if venue == "fireblocks" else credential["kind"], None, True, None,
        )  # fmt: skip
        for wallet in BINANCE_WALLETS.get(name, ("vault",)):
            for number in range(DAYS):
                self._day(account, venue, name, wallet, LAST - timedelta(days=number))
        self._forgets(account, venue, name)

    def _outside(self, workspace: dict[str, str], kind: str, name: str | None, reason: str) -> None:
        external_id = f"{workspace['account_ref']}/{kind}"
        account = data_sources.account_id(self.owner_id, "fireblocks", "emulator", external_id)
        self._insert(
            "canonical.accounts",
            account, self.owner_id, "fireblocks", "emulator", external_id, name, kind, None, False,
            reason,
        )  # fmt: skip

    def _day(self, account: UUID, venue: str, name: str, wallet: str, day: date) -> None:
        cells = 6 + len(name) % 5
        reasons: list[str] = []
        broken = unproven = 0
        if (name, wallet, day) == ("market making", "spot", LAST):
            broken = 3
            for asset, opening, movement, observed in (
                ("BNB", "1.385913205614", "0", "1.385507425614"),
                ("SOL", "120.563284247", "5.46927", "122.557812984247"),
                ("USDT", "28934.870996231", "-600", "28815.045789981"),
            ):
                self._broken(account, venue, wallet, asset, day, opening, movement, observed)
        if name == "arbitrage" and day in {date(2026, 1, 5), date(2026, 1, 6)}:
            unproven, reasons = cells, ["stream_not_covered: dividends"]
        if name == "Cold storage" and day == date(2026, 1, 9):
            unproven, reasons = 2, ["ambiguous_instant"]
            self._unproven(account, venue, wallet, day)
        if name == "treasury" and wallet == "um_futures" and day <= date(2026, 1, 3):
            unproven, reasons = cells, ["opening_missing"]
        verdict = "broken" if broken else "unproven" if reasons else "complete"
        self._insert(
            "completeness.wallet_days",
            self.owner_id, account, venue, wallet, day, cells, cells - broken - unproven, broken,
            unproven, verdict, reasons,
        )  # fmt: skip

    def _broken(
        self, account: UUID, venue: str, wallet: str, asset: str, day: date, *amounts: str
    ) -> None:
        opening, movement, observed = (Decimal(amount) for amount in amounts)
        expected = opening + movement
        self._insert(
            "completeness.verdicts",
            self.owner_id, account, venue, wallet, asset, "balance", day, "broken", [],
            "live_capture", opening, movement, expected, observed, observed - expected,
        )  # fmt: skip

    def _unproven(self, account: UUID, venue: str, wallet: str, day: date) -> None:
        for asset, amount in (("ETH", Decimal("412.5")), ("USDC", Decimal(250_000))):
            self._insert(
                "completeness.verdicts",
                self.owner_id, account, venue, wallet, asset, "balance", day, "unproven",
                ["ambiguous_instant"], "live_capture", amount, Decimal(0), amount, amount, None,
            )  # fmt: skip

    def _forgets(self, account: UUID, venue: str, name: str) -> None:
        if venue != "binance":
            return
        now = datetime(2026, 1, 13, 0, 5, tzinfo=UTC)
        for stream, days, state in (
            ("margin_capital_flow", 90, "safe"),
            ("um_income", 90, "at_risk" if name == "treasury" else "safe"),
            ("account_snapshots", 30, "lost" if name == "arbitrage" else "safe"),
        ):
            keeps = timedelta(days=days)
            is_lost = state == "lost"
            unread = None
            if state != "safe":
                unread = now - keeps * 2 if is_lost else now - keeps + timedelta(days=3)
            self._insert(
                "completeness.retention",
                self.owner_id, account, venue, stream, "", days, now - keeps * 2, unread,
                (unread or now) + keeps, {"at_risk": 3, "lost": -30}.get(state, days),
                unread if is_lost else None, now - keeps if is_lost else None, state,
            )  # fmt: skip

    def _insert(self, table: str, *values: Any) -> None:
        places = ", ".join(["%s"] * len(values))
        self._connection.execute(f"insert into {table} values ({places})".encode(), values)


def _made(http: Any, path: str, **given: Any) -> str:
    answer = http.post(path, json=given)
    assert answer.status_code == 201, (path, answer.text)
    return str(answer.json().get("id", ""))


def _register(http: Any, credential: dict[str, str]) -> str:
    secret = "private_key_pem" if "private_key_pem" in credential else "api_secret"
    answer = http.post(
        "/datasources",
        json={
            "venue": credential["venue"],
            "environment": "emulator",
            "name": credential["name"],
            "credential": {name: credential[name] for name in ("api_key", secret)},
        },
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
