"""Processes that we start, what they use, and their end: nothing else is ever touched.

Each is the leader of a session of its own, so that everything it starts is known as its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 20.0
_SESSION, _USER_TIME, _REAPED_CHILDREN_END = 3, 11, 15
"""Fields of /proc/PID/stat, counted behind the process's name."""


class Died(Exception):
    """A server ended, or never came up; the message has the end of what it said."""


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the length of a `with`; what it says goes to `log`."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=log.parent,
            env=dict(environment or os.environ),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def until_ready(
    process: subprocess.Popen[bytes],
    is_ready: Callable[[], bool],
    log: Path,
    patience_s: float = 90.0,
) -> None:
    """Wait until a server answers; raise `Died` when it ends, or takes longer than that."""
    deadline = time.monotonic() + patience_s
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text("utf-8", errors="replace")[-2000:]
            raise Died(f"{log.stem} does not come up (exit code {process.poll()}):\n{said}")
        time.sleep(0.005)


def cpu_s(leader: int) -> float:
    """Give the processor time of a session so far, user and system, in seconds."""
    return sum(sum(fields[_USER_TIME:_REAPED_CHILDREN_END]) for fields in _session(leader)) / _TICKS


def memory_mb(leader: int) -> float:
    """Give the memory of a session: its share of what is shared (PSS), in MB."""
    total_kb = 0
    for pid in _members(leader):
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
            total_kb += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kb / 1024


def settle(leader: int, patience_s: float = 5.0) -> None:
    """Wait until a session is idle: what a client gave up on may still be worked at."""
    deadline = time.monotonic() + patience_s
    before = cpu_s(leader)
    while time.monotonic() < deadline:
        time.sleep(0.1)
        now = cpu_s(leader)
        if now - before <= 0.02:
            return
        before = now


def _session(leader: int) -> Iterator[list[int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            told = path.read_text("ascii", errors="replace").rpartition(")")[2].split()
            fields = [0, *(int(field) for field in told[1:])]
            if fields[_SESSION] == leader:
                yield fields


def _members(leader: int) -> list[int]:
    members = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            told = path.read_text("ascii", errors="replace").rpartition(")")[2].split()
            if int(told[_SESSION]) == leader:
                members.append(int(path.parent.name))
    return members


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it as an operator does, then whatever of its session does not obey."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE_S)
    for pid in _members(process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(_PATIENCE_S)
