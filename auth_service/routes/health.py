"""Whether the service can do its work: all of it, its database, its Redis. No details."""

from typing import Any, Literal

import structlog
from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import text

from auth_service.logs import describe
from auth_service.services import Services, ServicesOf

router = APIRouter(tags=["health"])
Status = Literal["ok", "unavailable", "not_configured"]


class Health(BaseModel):
    """One word."""

    status: Status


_ANSWERS: dict[int | str, dict[str, Any]] = {
    503: {"model": Health, "description": "It cannot be reached."}
}


@router.get("/health", response_model=Health, responses=_ANSWERS)
def health(services: ServicesOf) -> JSONResponse:
    """Tell whether everything that signing in needs answers."""
    states = (_database(services), _redis(services))
    return _answer("unavailable" if "unavailable" in states else "ok")


@router.get("/health/db", response_model=Health, responses=_ANSWERS)
def database_health(services: ServicesOf) -> JSONResponse:
    """Tell whether the database answers in the service's role."""
    return _answer(_database(services))


@router.get("/health/redis", response_model=Health, responses=_ANSWERS)
def redis_health(services: ServicesOf) -> JSONResponse:
    """Tell whether Redis answers; `not_configured` where codes live in the database."""
    return _answer(_redis(services))


def _database(services: Services) -> Status:
    try:
        with services.engine.connect() as connection:
            connection.execute(text("select 1 from auth.users limit 1"))
    except Exception as error:  # noqa: BLE001 -- whatever it is, the database does not serve.
        structlog.get_logger().error("database_unavailable", **describe(error))
        return "unavailable"
    return "ok"


def _redis(services: Services) -> Status:
    if services.settings.redis_url is None:
        return "not_configured"
    try:
        services.store.ping()
    except Exception as error:  # noqa: BLE001 -- whatever it is, Redis does not serve.
        structlog.get_logger().error("redis_unavailable", **describe(error))
        return "unavailable"
    return "ok"


def _answer(status: Status) -> JSONResponse:
    return JSONResponse({"status": status}, 503 if status == "unavailable" else 200)
