"""One ASGI application for all faces of one emulator, and the server that runs it on loopback.

Paths decide: `/emulator` is the admin API, `/v1` Fireblocks, everything else Binance. Uvicorn's own
`Date` and `Server` headers are off, because only a venue may tell its time.
"""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from coinfrs_pipelines.emulator import admin
from coinfrs_pipelines.emulator.binance import faces as binance
from coinfrs_pipelines.emulator.emulation import Emulation
from coinfrs_pipelines.emulator.fireblocks import faces as fireblocks

START_SECONDS_MAX = 10


class NotLoopbackError(ValueError):
    """The emulator was asked to listen where others than this machine could reach it."""


def application(emulation: Emulation) -> ASGIApp:
    """Make the ASGI application of an emulation."""
    paths = [face.path for face in (*binance.FACES, *fireblocks.FACES)]
    admin_app = admin.application(emulation, paths)
    fireblocks_app = fireblocks.application(emulation)
    binance_app = binance.application(emulation)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        if path.startswith("/emulator"):
            await admin_app(scope, receive, send)
        elif path.startswith("/v1/"):
            await fireblocks_app(scope, receive, send)
        else:
            await binance_app(scope, receive, send)

    return dispatch


@dataclass(frozen=True)
class Running:
    """A running emulator: its base URL, the same for both venues and the admin API."""

    url: str
    emulation: Emulation


@contextmanager
def serve(emulation: Emulation, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Running]:
    """Run the emulation in a thread of this process until the block ends; port 0 takes a free one.

    Raises:
        NotLoopbackError: `host` is not a loopback address.
        OSError: the port is taken.

    """
    if not _is_loopback(host):
        raise NotLoopbackError(
            f"The emulator listens on a loopback address only, such as 127.0.0.1, not on {host}."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        configuration = uvicorn.Config(
            application(emulation),
            lifespan="off",
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
        )
        server = uvicorn.Server(configuration)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="emulator", daemon=True
        )
        thread.start()
        _wait_until_started(server, thread)
        bracketed = f"[{host}]" if ":" in host else host
        try:
            yield Running(f"http://{bracketed}:{listener.getsockname()[1]}", emulation)
        finally:
            server.should_exit = True
            thread.join()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # A name, which may mean another machine tomorrow.
        return False


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("The emulator's server did not start; see its log on stderr.")
        time.sleep(0.005)
