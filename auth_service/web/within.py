"""What the pages within a portfolio share: who asks, and a change that is made or refused.

A refused form is shown again on the page that it came from, with what was filled in. Left out: what
those pages show (`portfolios.py`, `booking.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from auth_service.errors import ApiError
from auth_service.registry.pages import Page, PageAsked
from auth_service.services import Services, ServicesOf
from auth_service.users import User
from auth_service.web.browser import PageUser
from auth_service.web.forms import Form, FormOf
from auth_service.web.lists import First, first
from auth_service.web.rendering import filled_in, page, redirect

T = TypeVar("T")


@dataclass(frozen=True)
class Visit:
    """Somebody at a portfolio; the form is empty where the page is only looked at.

    `error` is why the form was refused, and `concerns` names which of the page's forms it was.
    """

    request: Request
    services: Services
    user: User
    portfolio_id: UUID
    form: Form
    error: ApiError | None = None
    concerns: str = ""

    @property
    def path(self) -> str:
        """The page of the portfolio."""
        return f"/portfolios/{self.portfolio_id}"

    def change(
        self,
        concerns: str,
        make: Callable[[Connection], object],
        *,
        again: "Callable[[Visit], Response]",
        then: str,
    ) -> Response:
        """Make a change and lead on, or show the page of its form again with why not."""
        try:
            with self.services.registry.begin() as connection:
                make(connection)
        except ApiError as error:
            return again(replace(self, error=error, concerns=concerns))
        return redirect(self.request, then)

    def first(
        self, ask: Callable[[Connection, User, UUID, PageAsked], Page[T]], connection: Connection
    ) -> First[T]:
        """Return the first rows of something that the portfolio has."""
        return first(lambda asked: ask(connection, self.user, self.portfolio_id, asked))

    def page(self, template: str, **context: Any) -> Response:
        """Return a page with forms."""
        return page(
            self.request,
            template,
            error=self.error,
            values=filled_in(self.form),
            concerns=self.concerns,
            **context,
        )


def _looks(request: Request, services: ServicesOf, user: PageUser, portfolio_id: UUID) -> Visit:
    return Visit(request, services, user, portfolio_id, Form())


def _sends(
    request: Request, services: ServicesOf, user: PageUser, portfolio_id: UUID, form: FormOf
) -> Visit:
    return Visit(request, services, user, portfolio_id, form)


LooksAt = Annotated[Visit, Depends(_looks)]
SendsForm = Annotated[Visit, Depends(_sends)]
