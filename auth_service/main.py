"""The sign-in service as an application: its parts, its routes, what holds for every request.

There is no page of documentation: FastAPI's loads scripts from elsewhere, which the content policy
forbids. `/openapi.json` is the description.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from auth_service import errors, logs
from auth_service.hardening import Hardening
from auth_service.routes import data_sources, health, sign_in, users
from auth_service.services import build
from auth_service.settings import AuthSettings, auth_settings

API_PREFIX = "/api/v1"


def create_app(settings: AuthSettings | None = None) -> FastAPI:
    """Return the application, ready to be served.

    Raises:
        SettingsError: a setting is wrong, or not good enough outside development.

    """
    logs.configure()
    services = build(settings or auth_settings())

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.proofs = data_sources.proofs_limiter()
        yield
        services.store.close()
        services.engine.dispose()

    app = FastAPI(
        title="coinfrs",
        version="1",
        docs_url=None,
        redoc_url=None,
        # The redirect that adds a slash would be built from the Host header.
        redirect_slashes=False,
        lifespan=lifespan,
        responses={"default": {"model": errors.Problem, "description": "A refusal."}},
    )
    app.state.services = services
    errors.install(app)
    for routes in (health, sign_in, users, data_sources):
        app.include_router(routes.router, prefix=API_PREFIX)
    app.include_router(sign_in.well_known)
    app.add_middleware(Hardening, max_body_bytes=services.settings.max_body_bytes)
    return app
