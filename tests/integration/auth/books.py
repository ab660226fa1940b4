"""What the tests of portfolios share: people, and a portfolio with one of everything."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

if TYPE_CHECKING:
    import httpx

    from tests.integration.auth.conftest import Door

CODES = {"balance": "1210", "in_transit": "1215", "loan": "2310", "interest": None}


def made(answer: httpx.Response, status: int = 201) -> dict[str, Any]:
    """Check that something was made, and return it."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


@dataclass
class Person:
    """Somebody who is signed in."""

    email: str
    http: httpx.Client
    id: str


@dataclass
class Books:
    """A portfolio of an owner with one of everything, and the paths to each."""

    owner: Person
    portfolio: dict[str, Any]
    entity: dict[str, Any]
    pool: dict[str, Any]
    chart: dict[str, Any]
    group: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/portfolios/{self.portfolio['id']}"

    def paths(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return each thing's path, and a body that changes it."""
        chart = {"type": "client_assets", "name": "Clients", "codes": CODES}
        group = {
            "name": "Renamed",
            "entity_id": self.entity["id"],
            "cost_pool_id": self.pool["id"],
            "chart_of_accounts_id": self.chart["id"],
        }
        return {
            self.path: (self.path, {"kind": "company", "name": "Renamed"}),
            "entity": (
                f"{self.path}/entities/{self.entity['id']}",
                {"kind": "personal", "name": "Renamed"},
            ),
            "pool": (f"/cost-pools/{self.pool['id']}", {"name": "Renamed", "method": "lifo"}),
            "chart": (f"/chart-of-accounts/{self.chart['id']}", chart),
            "group": (f"/location-groups/{self.group['id']}", group),
        }


@dataclass
class People:
    """Signs people in, and closes their clients at the end."""

    door: Door
    _clients: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._clients.close()

    def somebody(self, email: str | None = None) -> Person:
        email = email or self.door.somebody()
        http = self._clients.enter_context(self.door.signed_in(email))
        return Person(email, http, http.get("/users/me").json()["id"])

    def books(self, owner: Person | None = None, **named: Any) -> Books:
        """Make a portfolio with an entity, a cost pool, a chart type and a location group."""
        owner = owner or self.somebody()
        post = owner.http.post
        portfolio = made(post("/portfolios", json={"kind": "group", "name": "Aurelia"}))
        of = {"portfolio_id": portfolio["id"]}
        entity = made(
            post(f"/portfolios/{portfolio['id']}/entities", json={"kind": "company", "name": "AG"})
        )
        pool = made(post("/cost-pools", json={**of, "name": "Treasury", "method": "fifo"}))
        chart = {**of, "type": "digital_assets", "name": "Digital assets", "codes": CODES}
        shown_chart = made(post("/chart-of-accounts", json=chart))
        group = {
            **of,
            "name": "Market making",
            "entity_id": entity["id"],
            "cost_pool_id": pool["id"],
            "chart_of_accounts_id": shown_chart["id"],
            **named,
        }
        shown_group = made(post("/location-groups", json=group))
        return Books(owner, portfolio, entity, pool, shown_chart, shown_group)

    def member(self, books: Books, role: str) -> Person:
        """Invite somebody new in a role, who accepts."""
        person = self.somebody()
        invited = books.owner.http.post(
            f"{books.path}/invitations", json={"email": person.email, "role": role}
        )
        path = f"/invitations/{made(invited)['id']}/acceptance"
        made(person.http.post(path), 200)
        return person


def with_key(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4())}


def if_match(version: int | str) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}
