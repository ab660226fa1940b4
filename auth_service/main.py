"""The sign-in service as an application: its parts, its routes, what holds for every request.

There is no page of documentation: FastAPI's loads scripts from elsewhere, which the content policy
forbids. `/openapi.json` is the description; the pages of `web` are no part of it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from auth_service import cookies, description, errors, logs, notices, web
from auth_service.hardening import Hardening
from auth_service.routes import (
    chart_of_accounts,
    cost_pools,
    data_sources,
    entities,
    google,
    health,
    invitations,
    location_groups,
    members,
    passwords,
    portfolios,
    reconciliation,
    sessions,
    sign_in,
    users,
)
from auth_service.services import build
from auth_service.settings import AuthSettings, auth_settings
from auth_service.web import rendering

API_PREFIX = "/api/v1"
ROUTES = (
    health,
    sign_in,
    sessions,
    google,
    passwords,
    users,
    portfolios,
    entities,
    members,
    invitations,
    cost_pools,
    chart_of_accounts,
    location_groups,
    data_sources,
    reconciliation,
)
# What pages of other sites may send and read beyond what every page may.
_SENT = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", cookies.HEADER)
_READ = ("ETag", "Idempotency-Replayed", "Location", "Retry-After", "X-Request-Id")
# A page may read an answer for an hour before it asks again whether it may.
_PREFLIGHT_SECONDS = 3600


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
        app.state.password_checks = passwords.checks_limiter()
        async with asyncio.TaskGroup() as background:
            telling = background.create_task(notices.keep_sending(services))
            yield
            telling.cancel()
        services.close()

    app = FastAPI(
        title="coinfrs",
        version="1",
        docs_url=None,
        redoc_url=None,
        # The redirect that adds a slash would be built from the Host header.
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.services = services
    errors.install(app)
    description.install(app)
    for routes in ROUTES:
        app.include_router(routes.router, prefix=API_PREFIX)
    app.include_router(sign_in.well_known)
    web.install(app)
    if services.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=services.settings.cors_origins,
            allow_credentials=True,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=_SENT,
            expose_headers=_READ,
            max_age=_PREFLIGHT_SECONDS,
        )
    app.add_middleware(
        Hardening, max_body_bytes=services.settings.max_body_bytes, refuse=rendering.refuse
    )
    return app
