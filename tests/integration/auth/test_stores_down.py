"""P88: with a store down nobody gets in, and the answers say no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.integration.auth.conftest import Serve, StartRedis


def test_p88_with_redis_down_nobody_gets_in(serve: Serve, start_redis: StartRedis) -> None:
    url, redis_server = start_redis()
    door = serve(REDIS_URL=url)
    email = door.somebody()
    session = door.session()
    assert door.http.get("/health/redis").json() == {"status": "ok"}
    code = door.code(email)
    redis_server.kill()
    redis_server.wait(10)
    answers = (
        door.request(email),
        door.verify(email, code),
        door.verify(email, "000000"),
        # Whether its session has ended is not known.
        session.me(),
        session.refresh(),
        session.post("/auth/logout"),
    )
    for answer in answers:
        assert answer.status_code == 503
        assert answer.json()["code"] == "INTERNAL_ERROR"
        assert "redis" not in answer.text.lower()
    assert len(door.codes(email)) == 1
    for path, status in (("/health", 503), ("/health/redis", 503), ("/health/db", 200)):
        answer = door.http.get(path)
        assert answer.status_code == status
        assert set(answer.json()) == {"status"}
    assert door.logged(code) == []


def test_p88_with_the_database_down_nobody_gets_in(
    serve: Serve, module_database: Mapping[str, str]
) -> None:
    door = serve()
    email = door.somebody()
    code = door.code(email)
    with door.signed_in() as http, _administration(module_database) as connection:
        assert http.get("/users/me").status_code == 200
        connection.execute("alter database coinfrs allow_connections false")
        try:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'coinfrs'"
            )
            for answer in (
                door.request(email),
                door.verify(email, code),
                http.get("/users/me"),
                http.get("/datasources"),
            ):
                assert answer.status_code == 503, answer.text
                assert answer.json()["code"] == "INTERNAL_ERROR"
                assert "coinfrs" not in answer.json()["detail"]
            assert door.http.get("/health").status_code == 503
            assert door.http.get("/health/db").json() == {"status": "unavailable"}
            assert door.http.get("/health/redis").json() == {"status": "not_configured"}
        finally:
            connection.execute("alter database coinfrs allow_connections true")
        assert http.get("/users/me").status_code == 200, "it has not come back by itself"


def _administration(variables: Mapping[str, str]) -> psycopg.Connection:
    return psycopg.connect(
        host=variables["PGHOST"],
        port=variables["PGPORT"],
        user=variables["PGUSER"],
        password=variables["PGPASSWORD"],
        dbname="postgres",
        autocommit=True,
    )
