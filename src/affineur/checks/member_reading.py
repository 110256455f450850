"""Shows single files of archives, read in a child process that may fail without harm to ours."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

from affineur import children
from affineur.core.colours import read_spans
from affineur.core.files import Filename
from affineur.core.member_views import MemberBytes, MemberText, MemberView, Window
from affineur.core.subjects import NotAssessable


class ChildMemberReader:
    """A `MemberReader` that starts one child, with limits, for each file."""

    def __init__(self, timeout_s: float, memory_bytes: int, total_bytes: int) -> None:
        """Make a reader with the limits of whoever reads archives."""
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._total_bytes = total_bytes

    async def view(self, path: Path, filename: Filename, member: str, window: Window) -> MemberView:
        """See `core.ports.MemberReader`."""
        arguments = self._arguments(path, filename, member, window)
        try:
            answer = await children.run("affineur.checks.member_child", arguments, self._timeout_s)
        except (children.ChildFailed, OSError) as error:
            why = f"the process that reads it failed: {error}"
            raise NotAssessable(why) from error
        return _understood(answer)

    def _arguments(self, path: Path, filename: Filename, member: str, window: Window) -> list[str]:
        limits = {
            "cpu_s": math.ceil(self._timeout_s),
            "memory_bytes": self._memory_bytes,
            "total_bytes": self._total_bytes,
            "window": asdict(window),
        }
        return [str(path.absolute()), filename.text, member, json.dumps(limits)]


def _understood(answer: bytes) -> MemberView:
    """Read the child's answer, trusting none of its form."""
    try:
        table = json.loads(answer)
        if trouble := table.get("trouble"):
            raise NotAssessable(str(trouble))
        if "bytes" in table:
            return MemberBytes(bytes.fromhex(table["bytes"]))
        return MemberText(
            encoding=str(table["encoding"]),
            first=int(table["first"]),
            lines=tuple(str(one) for one in table["lines"]),
            total=int(table["total"]),
            colours=tuple(read_spans(one) for one in table["colours"]),
            remarks=tuple(str(one) for one in table["remarks"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        why = "the process that reads it gave an answer without sense"
        raise NotAssessable(why) from error
