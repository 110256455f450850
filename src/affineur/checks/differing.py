"""Compares two archives line by line in a child process, which may fail without harm to ours."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from affineur import children
from affineur.core.differences import Touched
from affineur.core.files import Filename
from affineur.core.hunks import from_wire
from affineur.core.lines import DiffCaps, Lines
from affineur.core.subjects import NotAssessable

_CHILD = "affineur.checks.diff_child"


class ChildDiffer:
    """An `ArchiveDiffer` that starts one child, with limits, for each two archives."""

    def __init__(self, timeout_s: float, memory_bytes: int, total_bytes: int) -> None:
        """Make a differ with the limits of whoever reads archives."""
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._total_bytes = total_bytes

    async def lines(
        self,
        old: tuple[Path, Filename],
        new: tuple[Path, Filename],
        files: Sequence[Touched],
        caps: DiffCaps,
    ) -> tuple[Lines, ...]:
        """See `core.ports.ArchiveDiffer`."""
        shown = [one for one in files if one.is_text][: caps.files]
        found = iter(await self._ask(old, new, shown, caps) if shown else ())
        told = {one.path: next(found) for one in shown}
        return tuple(told.get(one.path) or Lines(cut=_why_not(one)) for one in files)

    async def _ask(
        self,
        old: tuple[Path, Filename],
        new: tuple[Path, Filename],
        files: Sequence[Touched],
        caps: DiffCaps,
    ) -> list[Lines]:
        work = {
            "cpu_s": math.ceil(self._timeout_s),
            "memory_bytes": self._memory_bytes,
            "total_bytes": self._total_bytes,
            "caps": asdict(caps),
            "pairs": [(one.old or "", one.new or "") for one in files],
        }
        sides = [text for path, name in (old, new) for text in (str(path.absolute()), name.text)]
        given = json.dumps(work).encode()
        try:
            answer = await children.run(_CHILD, sides, self._timeout_s, given)
        except (children.ChildFailed, OSError) as error:
            why = f"the process that compares them failed: {error}"
            raise NotAssessable(why) from error
        return _understood(answer, len(files))


def _why_not(file: Touched) -> str:
    return "not shown: there is too much of it altogether" if file.is_text else ""


def _understood(answer: bytes, count: int) -> list[Lines]:
    """Read the child's answer, trusting none of its form."""
    try:
        table = json.loads(answer)
        if trouble := table.get("trouble"):
            raise NotAssessable(str(trouble))
        found = [_lines(*one) for one in table["files"]]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        why = "the process that compares them gave an answer without sense"
        raise NotAssessable(why) from error
    if len(found) != count:
        raise NotAssessable("the process that compares them gave half an answer")
    return found


def _lines(hunks: Iterable[object], cut: str, added: int, removed: int) -> Lines:
    return Lines(tuple(from_wire(one) for one in hunks), str(cut), int(added), int(removed))
