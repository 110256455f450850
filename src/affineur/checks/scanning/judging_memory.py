"""Judges calls that put machine code into memory and run it, past all that reads files."""

from __future__ import annotations

from collections.abc import Iterator

from affineur.checks.scanning.machine import Called
from affineur.checks.scanning.names import names
from affineur.checks.scanning.sights import Scene, Sight, sight
from affineur.core.findings import Severity

_ALLOCATING = names(r".*\b(VirtualAlloc(Ex)?|VirtualProtect(Ex)?|NtAllocateVirtualMemory)")
_INJECTING = names(
    r".*\b(WriteProcessMemory|CreateRemoteThread(Ex)?|NtCreateThreadEx|QueueUserAPC|RtlCreateUserThread)"
)
_EXECUTABLE = frozenset({0x10, 0x20, 0x40, 0x80})
"""Windows' protections of memory from which code may run."""


def judge_memory(called: Called, scene: Scene) -> Iterator[Sight]:
    """Judge one call."""
    frame, when = called.frame, scene.when(called.frame)
    if _INJECTING(called.name):
        name = called.name.rpartition(".")[2]
        what = f"It puts code into another program or a thread of its own by {name}{when}."
        yield sight(called, "machine-code", scene.graver(frame), what)
    elif _is_executable(called):
        what = f"It makes memory from which it can run machine code of its own{when}."
        severity = scene.graver(frame) if scene.is_at_once(frame) else Severity.INFO
        yield sight(called, "machine-code", severity, what)


def _is_executable(called: Called) -> bool:
    if _ALLOCATING(called.name):
        return any(_protection(one.const) in _EXECUTABLE for one in called.everything)
    if called.name != "mmap.mmap":
        return False
    return any("PROT_EXEC" in one.name or "PROT_EXEC" in one.text for one in called.everything)


def _protection(const: object) -> int | None:
    return const if isinstance(const, int) else None
