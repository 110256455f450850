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
from pathlib import Path
from typing import Any

from affineur.checks.limits import TookTooLong, alarm, limit
from affineur.checks.line_diff import unified
from affineur.checks.members import BrokenOff, OverLimit
from affineur.checks.picking import pick
from affineur.core.differences import DiffCaps, Lines
from affineur.core.files import Filename

Texts = Mapping[str, bytes]


def main(arguments: list[str]) -> None:
    """Compare as the arguments say: old and new archive, limits and caps, pairs of members."""
    old_path, old_name, new_path, new_name, told, *names = arguments
    limits = json.loads(told)
    limit(limits["cpu_s"], limits["memory_bytes"])
    caps = DiffCaps(**limits["caps"])
    pairs = list(zip(names[::2], names[1::2], strict=True))
    most = caps.file_bytes + 1
    try:
        old, new = (
            pick(Path(path), Filename.parse(name), wanted, most, limits["total_bytes"])
            for path, name, wanted in (
                (old_path, old_name, {one for one, _ in pairs if one}),
                (new_path, new_name, {one for _, one in pairs if one}),
            )
        )
    except (BrokenOff, OverLimit, tarfile.TarError, ValueError, EOFError, OSError) as error:
        _answer({"trouble": f"one of them cannot be read: {error}"[:300]})
    except MemoryError:
        _answer({"trouble": "reading them takes more memory than is allowed"})
    _answer({"files": [[*one.lines, one.cut] for one in _compared(old, new, pairs, caps)]})


def _compared(
    old: Texts, new: Texts, pairs: Sequence[tuple[str, str]], caps: DiffCaps
) -> Iterator[Lines]:
    room, end = caps.shown, time.monotonic() + caps.total_s
    for before, after in pairs:
        if room <= 0 or time.monotonic() > end:
            yield Lines(cut="not shown: there is too much of it altogether")
            continue
        if (before and before not in old) or (after and after not in new):
            yield Lines(cut="it could not be read")
            continue
        try:
            with alarm(caps.file_s):
                found = unified(old.get(before), new.get(after), caps)
        except TookTooLong:
            found = Lines(cut="too unlike to be compared line by line")
        room -= len(found.lines)
        yield found


def _answer(told: Mapping[str, Any]) -> None:  # Any: JSON
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=True).encode())
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to clean up, and cleaning up takes time
