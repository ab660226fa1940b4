"""The pages: a small web app on top of the same functions as the API, made on the server.

They work without JavaScript, load nothing from elsewhere and nothing inline. What is here is how a
person reads and fills in; who may do what, and what is refused, is decided where the API asks, too.
"""

from collections.abc import Callable
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from fastapi.staticfiles import StaticFiles

from auth_service.web import booking, mapping, portfolios, rendering, sign_in, sources, status


def install(app: FastAPI) -> None:
    """Add the pages and what they load to the application, behind the routes that it has."""
    for pages in (sign_in, status, sources, mapping, portfolios, booking):
        app.include_router(pages.router, include_in_schema=False)
    _lead_back(app)
    app.mount("/static", StaticFiles(directory=rendering.FOLDER / "static"), name="static")
    rendering.install(app)


def _lead_back(app: FastAPI) -> None:
    """Let the address of a form, which a refused one leaves in the browser, be opened as its page.

    That is the nearest address above it that shows one.
    """
    methods: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        if route.path and route.methods and not route.path.startswith(rendering.NO_PAGES):
            methods.setdefault(route.path, set()).update(route.methods)
    shown = {path for path, known in methods.items() if "GET" in known}
    for path in methods.keys() - shown:
        above = path
        while above not in shown:
            above = above.rpartition("/")[0] or "/"
        app.add_api_route(path, _back_to(above), methods=["GET"], include_in_schema=False)


def _back_to(template: str) -> Callable[[Request], Response]:
    def back(request: Request) -> Response:
        """Lead to the page of a form."""
        named = {name: quote(value, safe="") for name, value in request.path_params.items()}
        return rendering.redirect(request, template.format_map(named))

    return back
