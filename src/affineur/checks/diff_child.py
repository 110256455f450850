"""What runs in a child process: files of two archives are compared line by line.

Started by `differing.ChildDiffer`. It limits itself before it touches the archives, and answers
in JSON: for each pair of members its lines and why they are not all, or why none could be made.
"""

from __future__ import annotations

import json
import os
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affineur.checks.colours import colours
from affineur.checks.limits import TookTooLong, alarm, limit
from affineur.checks.line_diff import TOO_UNLIKE, compared
from affineur.checks.members import BrokenOff, OverLimit
from affineur.checks.picking import pick
from affineur.core.files import Filename
from affineur.core.hunks import to_wire
from affineur.core.lines import DiffCaps, Lines

Texts = Mapping[str, bytes]
Told = list[Any]  # JSON
_COLOURS_S = 1.0


def main(arguments: list[str]) -> None:
    """Compare the old and the new archive; stdin tells limits, caps and pairs of members."""
    old_path, old_name, new_path, new_name = arguments
    work = json.load(sys.stdin.buffer)
    limit(work["cpu_s"], work["memory_bytes"])
    caps, pairs = DiffCaps(**work["caps"]), work["pairs"]
    most = caps.file_bytes + 1
    try:
        old, new = (
            pick(Path(path), Filename.parse(name), wanted, most, work["total_bytes"])
            for path, name, wanted in (
                (old_path, old_name, {one for one, _ in pairs if one}),
                (new_path, new_name, {one for _, one in pairs if one}),
            )
        )
    except (BrokenOff, OverLimit, tarfile.TarError, ValueError, EOFError, OSError) as error:
        _answer({"trouble": f"one of them cannot be read: {error}"[:300]})
    except MemoryError:
        _answer({"trouble": "reading them takes more memory than is allowed"})
    _answer({"files": list(_compared(old, new, pairs, caps))})


def _compared(
    old: Texts, new: Texts, pairs: Sequence[tuple[str, str]], caps: DiffCaps
) -> Iterator[Told]:
    room, end = caps.shown, time.process_time() + caps.total_s
    palette = _Palette(caps)
    for before, after in pairs:
        if room <= 0 or time.process_time() > end:
            yield told(Lines(cut="not shown: there is too much of it altogether"))
            continue
        if (before and before not in old) or (after and after not in new):
            yield told(Lines(cut="it could not be read"))
            continue
        sides = old.get(before), new.get(after)
        try:
            with alarm(caps.file_s):
                found = compared(*sides, caps)
        except TookTooLong:
            found = TOO_UNLIKE
        room -= sum(len(one.rows) for one in found.hunks)
        yield told(found, palette.of(before, sides[0]), palette.of(after, sides[1]))


def told(found: Lines, old: Sequence[str] = (), new: Sequence[str] = ()) -> Told:
    """Tell the difference of a file as JSON, with the colours of both sides."""
    hunks = [to_wire(one, old, new) for one in found.hunks]
    return [hunks, found.cut, found.added, found.removed]


@dataclass(slots=True)
class _Palette:
    """Finds colours until the time for them is up."""

    caps: DiffCaps
    used_s: float = 0.0

    def of(self, name: str, text: bytes | None) -> Sequence[str]:
        """Give the colours of each line of a file."""
        left = self.caps.colours_s - self.used_s
        if not self.caps.is_coloured or text is None or left <= 0:
            return ()
        began = time.process_time()
        found = colours(text.decode("utf-8", "replace"), name, min(left, _COLOURS_S))
        self.used_s += time.process_time() - began
        return found


def _answer(told: Mapping[str, Any]) -> None:  # Any: JSON
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=True).encode())
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to clean up, and cleaning up takes time
