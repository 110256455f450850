"""Reads archives in a child process that may fail, hang or be killed without harm to ours."""

from __future__ import annotations

import hashlib
import json
import math
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import packaging

import affineur
from affineur.checks.scanning import SCAN_VERSION
from affineur.core.archive_json import from_json
from affineur.core.archives import ArchiveReport
from affineur.core.files import Filename
from affineur.core.subjects import NotAssessable

_VERSION = 2  # rises when the readers report otherwise of the same archive
_MAX_ANSWER_BYTES = 64 * 1024 * 1024
_PIPE_BYTES = 1024 * 1024
_GRACE_S = 5.0
_INHERITED = ("LD_LIBRARY_PATH",)  # some Pythons do not start without it
# -I and -S keep the environment, the working directory and .pth files out of the child, so it
# is told where the packages are that it needs. This works however we are installed.
_PROGRAM = (
    "import json, sys; sys.path += json.loads(sys.argv[1]); "
    "from affineur.checks.child import main; main(sys.argv[2:])"
)


class _Failed(NotAssessable):
    """The child failed, for what stands in the archive or for want of time or memory."""


class ChildReader:
    """An `ArchiveReader` that starts one child, with limits, for each archive."""

    def __init__(
        self, timeout_s: float, memory_bytes: int, total_bytes: int, wants: Iterable[str] = ()
    ) -> None:
        """Make a reader; `wants` are the small texts that its reports carry (`Check.wants`)."""
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._total_bytes = total_bytes
        self._wants = tuple(sorted(set(wants)))

    @property
    def version(self) -> str:
        """Changes when the same archive may give another report."""
        wants = hashlib.sha256("\n".join(self._wants).encode()).hexdigest()[:8]
        return f"{_VERSION}.{SCAN_VERSION}.{wants}"

    def read(self, path: Path, filename: Filename) -> ArchiveReport:
        """Read the archive; raise `NotAssessable` when it cannot be read at all. Blocking.

        When the child fails it is read again without scanning its contents, so that a scan
        that crashed or took too long costs nothing but the scan.
        """
        try:
            return self._read(path, filename)
        except _Failed as failure:
            try:
                return self._read(path, filename, failure.reason)
            except NotAssessable:
                raise failure from None

    def _read(self, path: Path, filename: Filename, blind: str = "") -> ArchiveReport:
        arguments = [
            str(path.absolute()),
            filename.text,
            str(math.ceil(self._timeout_s)),
            str(self._memory_bytes),
            str(self._total_bytes),
            blind,
            *self._wants,
        ]
        child = _start(arguments)
        try:
            answer = self._listen(child)
            code = child.wait(_GRACE_S)
        except subprocess.TimeoutExpired as error:
            raise _Failed("the process that reads it did not end") from error
        finally:
            _end(child)
        if code != 0:
            raise _Failed(self._why_it_died(code))
        return _understand(answer)

    def _listen(self, child: subprocess.Popen[bytes]) -> bytes:
        """Collect the answer until the child closes its end, within time and size."""
        pipe = child.stdout
        if pipe is None:  # cannot be: it was started with a pipe
            raise NotAssessable("the process that reads it cannot be heard")
        deadline = time.monotonic() + self._timeout_s
        answer = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while len(answer) <= _MAX_ANSWER_BYTES:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise _Failed(f"reading it took longer than {self._timeout_s:g} seconds")
                part = os.read(pipe.fileno(), _PIPE_BYTES)
                if not part:
                    return bytes(answer)
                answer += part
        raise _Failed("there is too much in it to report")

    def _why_it_died(self, code: int) -> str:
        if code == -signal.SIGXCPU:
            return f"reading it took more than {self._timeout_s:g} seconds of processor time"
        if code == -signal.SIGKILL:
            return "the process that read it was killed, perhaps for lack of memory"
        if code < 0:
            return f"the process that read it crashed ({signal.Signals(-code).name})"
        memory = self._memory_bytes // (1024 * 1024)
        return f"the process that read it failed; it may use {memory} MiB of memory"


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    packages = [str(Path(module.__path__[0]).parent) for module in (affineur, packaging)]
    if (yara_x := find_spec("yara_x")) is not None and yara_x.origin is not None:
        packages.append(str(Path(yara_x.origin).parents[1]))
    flags = ("-I", "-S", "-X", "utf8")
    try:
        return subprocess.Popen(  # noqa: S603  # our own interpreter, no shell
            [sys.executable, *flags, "-c", _PROGRAM, json.dumps(packages), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            start_new_session=True,
        )
    except OSError as error:
        raise NotAssessable(f"no process could be started to read it ({error.strerror})") from error


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave nothing behind: the child and its group are killed unless it is gone already."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _understand(answer: bytes) -> ArchiveReport:
    """Turn the child's answer into a report, trusting none of its form."""
    try:
        table = json.loads(answer)
        if reason := table.get("not_assessable"):
            raise _Failed(str(reason)) if "memory" in reason else NotAssessable(str(reason))
        return from_json(table)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotAssessable("the process that read it gave an answer without sense") from error
