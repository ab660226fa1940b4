"""Child processes: what they print arrives, and none outlives the block, however stubborn."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from coinfrs_pipelines import processes
from coinfrs_pipelines.processes import (
    Child,
    Children,
    EndedEarlyError,
    terminated_as_interrupted,
)

LEAVING_SLOWLY = """
import signal, sys, time
def leave(*_):
    print(time.monotonic(), flush=True)
    time.sleep(0.3)
    print(time.monotonic(), flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, leave)
print("ready", flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def is_gone(pid: int) -> bool:
    """Return whether a process has ended, zombies included: in a container nobody may reap them."""
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 -- /proc is no file to be resolved.
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_every_line_is_passed_on_with_the_childs_name() -> None:
    heard: list[tuple[str, str]] = []
    with Children(lambda name, line: heard.append((name, line))) as children:
        child = children.start("talker", [sys.executable, "-c", "print('one\\ntwo')"], {})
        until(lambda: len(heard) == 2)
        assert list(child.lines) == ["one", "two"]
    assert heard == [("talker", "one"), ("talker", "two")]


def test_leaving_the_block_stops_a_child_that_ignores_it_and_what_it_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS_MAX", 0.5)
    with Children(lambda _name, _line: None) as children:
        child = children.start("stubborn", [sys.executable, "-c", STUBBORN], {})
        children.wait_for(child, lambda: bool(child.lines), 10)
        grandchild = int(child.lines[0])
        assert not is_gone(grandchild)
    assert is_gone(child.process.pid)
    until(lambda: is_gone(grandchild))


def test_children_stop_one_after_the_other_the_newest_first() -> None:
    """So that none asks in vain for one that has gone before it."""
    with Children(lambda _name, _line: None) as children:
        asked, asking = (
            children.start(name, [sys.executable, "-c", LEAVING_SLOWLY], {})
            for name in ("asked", "asking")
        )
        for child in (asked, asking):
            children.wait_for(child, lambda child=child: bool(child.lines), 10)  # type: ignore[misc]
    told_to_go, gone = (float(line) for line in list(asking.lines)[1:])
    assert told_to_go < gone <= float(asked.lines[1])


def test_children_that_ignore_it_are_waited_for_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS_MAX", 1.0)
    with Children(lambda _name, _line: None) as children:
        for number in range(4):
            child = children.start(f"stubborn {number}", [sys.executable, "-c", STUBBORN], {})
            children.wait_for(child, lambda child=child: bool(child.lines), 20)  # type: ignore[misc]
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 3


def test_a_second_interrupt_ends_the_waiting_and_every_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS_MAX", 60.0)
    started: list[Child] = []
    with pytest.raises(KeyboardInterrupt):
        be_interrupted_while_leaving(started)
    for child in started:
        assert is_gone(child.process.pid)
        until(lambda child=child: is_gone(int(child.lines[0])))  # type: ignore[misc]


def be_interrupted_while_leaving(started: list[Child]) -> None:
    with Children(lambda _name, _line: None) as children:
        for number in range(2):
            child = children.start(f"stubborn {number}", [sys.executable, "-c", STUBBORN], {})
            children.wait_for(child, lambda child=child: bool(child.lines), 20)  # type: ignore[misc]
            started.append(child)
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()


def test_a_child_that_ends_instead_of_getting_ready_is_named_with_its_last_words() -> None:
    with Children(lambda _name, _line: None) as children:
        program = "import sys; print('the port is taken'); sys.exit(2)"
        child = children.start("server", [sys.executable, "-c", program], {})
        with pytest.raises(EndedEarlyError, match=r"(?s)server did not start.*the port is taken"):
            children.wait_for(child, lambda: False, 10)


def test_a_child_that_is_never_ready_is_given_up() -> None:
    with Children(lambda _name, _line: None) as children:
        child = children.start("slow", [sys.executable, "-c", "import time; time.sleep(60)"], {})
        with pytest.raises(EndedEarlyError, match="not ready after"):
            children.wait_for(child, lambda: False, 0.3)


def test_one_child_that_ends_ends_the_waiting_for_all() -> None:
    with Children(lambda _name, _line: None) as children:
        children.start("steady", [sys.executable, "-c", "import time; time.sleep(60)"], {})
        children.start("fragile", [sys.executable, "-c", "raise SystemExit(3)"], {})
        with pytest.raises(EndedEarlyError, match="fragile ended with status 3"):
            children.wait_until_one_ends()


def test_a_child_has_exactly_the_environment_it_is_given() -> None:
    program = "import os; print(sorted(set(os.environ) - {'LC_CTYPE'}))"
    with Children(lambda _name, _line: None) as children:
        child = children.start("plain", [sys.executable, "-c", program], {"ONLY": "this"})
        children.wait_for(child, lambda: bool(child.lines), 10)
    assert child.lines[0] == "['ONLY']"


def test_being_terminated_is_being_interrupted() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), terminated_as_interrupted():
        terminate_oneself()
    assert signal.getsignal(signal.SIGTERM) == before


def terminate_oneself() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(5)
