"""Child processes that end with us: started in groups of their own, stopped by their process ids.

One Ctrl-C reaches this process only, which then stops its children one after the other, in the
reverse order in which they were started: what asks another goes before it, and does not complain
that it is gone. Who takes long is waited for together with the others; a second Ctrl-C ends the
waiting, and them. What they print is passed on line by line. Nothing is restarted: a child that
ends by itself is news for the caller.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import IO, Self

STOP_SECONDS_MAX = 10.0
LAST_WORDS_SECONDS_MAX = 5.0
POLL_SECONDS = 0.1
LINES_KEPT = 1000

Listener = Callable[[str, str], None]


class EndedEarlyError(Exception):
    """A child that should have stayed has ended; the message names it and its last lines."""


@dataclass(frozen=True)
class Child:
    """One child process, its name in what is printed, and the thread that reads its output."""

    name: str
    process: subprocess.Popen[str]
    reader: threading.Thread
    lines: deque[str]

    def last_words(self) -> str:
        """Return the last lines it printed, for an error message."""
        return "\n".join(list(self.lines)[-15:])


class Children:
    """The children of this process, as a context: leaving it stops them all."""

    def __init__(self, listener: Listener) -> None:
        """Pass each line that a child prints to `listener`, with the child's name."""
        self._listener = listener
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all, politely and in order; for good after a while, or at another interrupt."""
        children = list(reversed(self._children))
        leaving = time.monotonic()
        try:
            for child in children:
                _signal(child, signal.SIGTERM)
                _wait(child, leaving + STOP_SECONDS_MAX / 2)
            for child in children:
                _wait(child, leaving + STOP_SECONDS_MAX)
        finally:
            # What they started goes with them, also where they went by themselves.
            for child in children:
                _signal(child, signal.SIGKILL)
            for child in children:
                _reap(child)

    def start(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start a child whose environment is exactly this one."""
        process = subprocess.Popen(  # noqa: S603 -- our own programs and arguments.
            list(arguments),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        lines: deque[str] = deque(maxlen=LINES_KEPT)
        reader = threading.Thread(
            target=self._read,
            args=(name, process.stdout, lines),
            name=f"{name} output",
            daemon=True,
        )
        reader.start()
        child = Child(name, process, reader, lines)
        self._children.append(child)
        return child

    def _read(self, name: str, stream: IO[str], lines: deque[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            self._listener(name, lines[-1])

    def wait_for(self, child: Child, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the child is ready.

        Raises EndedEarlyError when it ends instead, or is not ready within this time.
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            if child.process.poll() is not None:
                raise EndedEarlyError(f"{child.name} did not start:\n{child.last_words()}")
            if time.monotonic() > deadline:
                raise EndedEarlyError(
                    f"{child.name} is not ready after {seconds:.0f} s:\n{child.last_words()}"
                )
            time.sleep(POLL_SECONDS)

    def wait_until_one_ends(self) -> None:
        """Wait as long as all children live; raises EndedEarlyError for the first that does not."""
        while True:
            for child in self._children:
                if child.process.poll() is not None:
                    raise EndedEarlyError(
                        f"{child.name} ended with status {child.process.returncode}:\n"
                        f"{child.last_words()}"
                    )
            time.sleep(POLL_SECONDS)


def _signal(child: Child, number: signal.Signals) -> None:
    """Send a signal to a child and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def _wait(child: Child, until: float) -> None:
    """Wait for a child to end, up to an instant of the monotonic clock."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.process.wait(max(until - time.monotonic(), 0))


def _reap(child: Child) -> None:
    """Take leave of a child that was killed, and read what it had still to say."""
    child.process.wait()
    # Who left the child's group may hold its output open.
    child.reader.join(LAST_WORDS_SECONDS_MAX)
    if child.process.stdout is not None and not child.reader.is_alive():
        child.process.stdout.close()


@contextlib.contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that the children are stopped then too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
