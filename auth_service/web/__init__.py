"""The pages: a small web app on top of the same functions as the API, made on the server.

They work without JavaScript, load nothing from elsewhere and nothing inline. What is here is how a
person reads and fills in; who may do what, and what is refused, is decided where the API asks, too.
"""

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from auth_service.web import booking, mapping, portfolios, rendering, sign_in, sources, status


def install(app: FastAPI) -> None:
    """Add the pages and what they load to the application, behind the routes that it has."""
    for pages in (sign_in, status, sources, mapping, portfolios, booking):
        app.include_router(pages.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=rendering.FOLDER / "static"), name="static")
    rendering.install(app)
