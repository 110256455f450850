"""Limits that a child process sets itself before it touches what strangers wrote.

Imported by children: standard library only.
"""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OPEN_FILES = 16
_AGAIN_S = 0.2


class TookTooLong(Exception):
    """The alarm went off."""


def limit(cpu_s: int, memory_bytes: int) -> None:
    """Give up the right to more than reading needs."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":  # which refuses every limit of the address space
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise `TookTooLong` in what runs within for longer, also in a regular expression.

    Counted is the time of the processor: on a busy machine everything takes longer.
    """
    before = signal.signal(signal.SIGPROF, _ring)
    # Again and again: raised in what collects garbage, an exception comes to nothing.
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _ring(_number: int, _frame: object) -> None:
    raise TookTooLong
