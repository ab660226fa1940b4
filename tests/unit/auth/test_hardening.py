"""What answers when everything else has failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import httpx

from auth_service.hardening import Hardening

if TYPE_CHECKING:
    from http import HTTPStatus

    from fastapi import Request
    from starlette.types import Receive, Scope, Send


async def failing(_scope: Scope, _receive: Receive, _send: Send) -> NoReturn:
    raise RuntimeError("a secret")


def failing_again(_request: Request, _status: HTTPStatus, _detail: str) -> NoReturn:
    raise RuntimeError("another secret")


def test_where_the_page_of_an_error_fails_too_there_is_still_an_answer() -> None:
    door = Hardening(failing, max_body_bytes=1000, refuse=failing_again)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=door)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
            return await http.get("/status")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text
