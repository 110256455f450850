"""What runs in a child process: one file of an archive is made ready to be shown.

Started by `member_reading.ChildMemberReader`. It limits itself before it touches the archive,
and answers in JSON: lines with their colours, or the first bytes, or why there is nothing.
"""

from __future__ import annotations

import json
import os
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affineur.checks.colours import colours
from affineur.checks.decoding import decoded
from affineur.checks.limits import limit
from affineur.checks.members import BrokenOff, OverLimit
from affineur.checks.picking import pick
from affineur.core.files import Filename
from affineur.core.member_views import Window

_BEGINNING = 4096


def main(arguments: list[str]) -> None:
    """Show a file as the arguments say: archive, its name, the file, limits and the window."""
    path, filename, member, told = arguments
    limits = json.loads(told)
    limit(limits["cpu_s"], limits["memory_bytes"])
    window = Window(**limits["window"])
    try:
        name = Filename.parse(filename)
        most = window.most_bytes + 1
        found = pick(Path(path), name, {member}, most, limits["total_bytes"])
    except (BrokenOff, OverLimit, tarfile.TarError, ValueError, EOFError, OSError) as error:
        _answer({"trouble": f"the archive cannot be read: {error}"[:300]})
    except MemoryError:
        _answer({"trouble": "reading it takes more memory than is allowed"})
    if member not in found:
        _answer({"trouble": "it could not be read in the archive"})
    _answer(_shown(found[member], member, window))


def _shown(content: bytes, member: str, window: Window) -> Mapping[str, Any]:  # Any: JSON
    is_cut = len(content) > window.most_bytes
    text = decoded(content[: window.most_bytes], is_cut=is_cut)
    if text is None:
        return {"bytes": content[:_BEGINNING].hex()}
    said, encoding, remark = text
    remarks = [remark] if remark else []
    if is_cut:
        remarks.append(f"Only its first {window.most_bytes:,} bytes are read.")
    every = _lines(said)
    shown = every[window.first - 1 : window.first - 1 + window.lines]
    return {
        "encoding": encoding,
        "first": window.first,
        "total": len(every),
        "remarks": remarks,
        "lines": [line[: window.line_chars] for line in shown],
        "colours": _colours(said, member, window, shown),
    }


def _lines(text: str) -> list[str]:
    """Give the lines as editors and findings number them; after the last end there is none."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]


def _colours(text: str, member: str, window: Window, shown: Sequence[str]) -> list[str]:
    """Colour the whole, or where that is too large the lines that are shown by themselves."""
    start = window.first - 1
    whole = colours(text, member)
    return whole[start : start + len(shown)] if whole else colours("\n".join(shown), member)


def _answer(told: Mapping[str, Any]) -> None:  # Any: JSON
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=True).encode())
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to clean up, and cleaning up takes time
