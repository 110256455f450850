"""What two texts differ in, within limits: hunks of lines, or only how many lines.

Imported by the child process. `difflib` may take time that grows with the square of what it is
given; whoever calls this sets an alarm, and what took too long is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from affineur.checks.limits import TookTooLong
from affineur.core.hunks import Hunk, hunk
from affineur.core.lines import DiffCaps, Lines
from affineur.core.words import common

_Opcodes = list[tuple[str, int, int, int, int]]

TOO_UNLIKE = Lines(cut="too unlike to be compared line by line")


def compared(old: bytes | None, new: bytes | None, caps: DiffCaps) -> Lines:
    """Compare two texts; None is a file that is not there."""
    if max(len(old or b""), len(new or b"")) > caps.file_bytes:
        return Lines(cut=f"larger than {caps.file_bytes >> 10} KiB")
    before, after = lines_of(old), lines_of(new)
    if max(len(before), len(after)) > caps.file_lines:
        return Lines(cut=f"more than {caps.file_lines} lines")
    try:
        groups = list(_groups(before, after, caps.context))
        hunks = tuple(_first(before, after, groups, caps.shown_per_file))
    except TookTooLong:
        return TOO_UNLIKE
    if not groups and None not in (old, new) and old != new:
        return Lines(cut="nothing but the end of its last line is other")
    left = sum(map(_length, groups)) - sum(len(one.rows) for one in hunks)
    cut = f"{left} more lines" if left > 0 and caps.shown_per_file else ""
    return Lines(hunks, cut, *_counts(groups))


def lines_of(text: bytes | None) -> list[str]:
    """Split a text at its line feeds, and nowhere else."""
    lines = (text or b"").decode("utf-8", "replace").split("\n")
    return lines if lines[-1] else lines[:-1]


def _groups(old: Sequence[str], new: Sequence[str], context: int) -> Iterator[_Opcodes]:
    """Give what `difflib` says of each hunk."""
    if not old or not new:
        if old or new:
            yield [("replace", 0, len(old), 0, len(new))]
        return
    skip = common(old, new)
    tail = common(old[skip:][::-1], new[skip:][::-1])
    begin = max(0, skip - context)
    ends = len(old) - max(0, tail - context), len(new) - max(0, tail - context)
    matcher = SequenceMatcher(None, old[begin : ends[0]], new[begin : ends[1]])
    for group in matcher.get_grouped_opcodes(context):
        yield [(tag, a + begin, b + begin, c + begin, d + begin) for tag, a, b, c, d in group]


def _first(
    old: Sequence[str], new: Sequence[str], groups: Sequence[_Opcodes], most: int
) -> Iterator[Hunk]:
    """Make hunks until so many lines are told."""
    for group in groups:
        if most <= 0:
            return
        found = hunk(old, new, group, most)
        most -= len(found.rows)
        yield found


def _length(group: _Opcodes) -> int:
    return sum(b - a + (0 if tag == "equal" else d - c) for tag, a, b, c, d in group)


def _counts(groups: Sequence[_Opcodes]) -> tuple[int, int]:
    """Count the lines that were added, and those that were removed."""
    changed = [one for group in groups for one in group if one[0] != "equal"]
    return sum(d - c for *_, c, d in changed), sum(b - a for _, a, b, *_ in changed)
