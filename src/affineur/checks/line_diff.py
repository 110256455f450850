"""A unified difference of two texts within limits, written so that nothing in it can hide.

Imported by the child process. `difflib` may take time that grows with the square of what it is
given; whoever calls this sets an alarm, and what took too long is said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from affineur.checks.limits import TookTooLong
from affineur.core.differences import DiffCaps, Lines

_CONTEXT = 3
_LONG = 600
_BEGINNING = 400
_END = 120
_SPACES = re.compile(r"(?<=\S)[ \t]{41,}(?=\S)")


def unified(old: bytes | None, new: bytes | None, caps: DiffCaps) -> Lines:
    """Compare two texts; None is a file that is not there."""
    if max(len(old or b""), len(new or b"")) > caps.file_bytes:
        return Lines(cut=f"larger than {caps.file_bytes >> 10} KiB")
    before, after = _lines(old), _lines(new)
    if max(len(before), len(after)) > caps.file_lines:
        return Lines(cut=f"more than {caps.file_lines} lines")
    try:
        found = list(_hunks(before, after))
    except TookTooLong:
        return Lines(cut="too unlike to be compared line by line")
    if not found and None not in (old, new) and old != new:
        return Lines(cut="nothing but the end of its last line is other")
    left = len(found) - caps.shown_per_file
    shown = tuple(found[: caps.shown_per_file])
    return Lines(shown, f"{left} more lines" if left > 0 else "")


def _lines(text: bytes | None) -> list[str]:
    lines = (text or b"").decode("utf-8", "replace").split("\n")
    return lines if lines[-1] else lines[:-1]


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """Give the hunks as `diff -u` writes them, without the names of the files."""
    if not old or not new:
        if old or new:
            yield _header(0, len(old), 0, len(new))
        yield from ("-" + shown(line) for line in old)
        yield from ("+" + shown(line) for line in new)
        return
    skip = _common(old, new)
    tail = _common(old[skip:][::-1], new[skip:][::-1])
    begin = max(0, skip - _CONTEXT)
    ends = len(old) - max(0, tail - _CONTEXT), len(new) - max(0, tail - _CONTEXT)
    before, after = old[begin : ends[0]], new[begin : ends[1]]
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT):
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        yield _header(begin + i1, i2 - i1, begin + j1, j2 - j1)
        for tag, a, b, c, d in group:
            if tag == "equal":
                yield from (" " + shown(line) for line in before[a:b])
                continue
            yield from ("-" + shown(line) for line in before[a:b])
            yield from ("+" + shown(line) for line in after[c:d])


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """Count the lines at the beginning that are the same: they cost the matcher most."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _header(old: int, old_count: int, new: int, new_count: int) -> str:
    return f"@@ -{_span(old, old_count)} +{_span(new, new_count)} @@"


def _span(start: int, count: int) -> str:
    """Write a range as `diff -u` does: lines count from 1, an empty range from the line before."""
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def shown(line: str) -> str:
    """Write a line so that all of it is seen: no control characters, no text far to the right."""
    line = _SPACES.sub(lambda run: f" [{len(run[0])} spaces] ", line.removesuffix("\r"))
    if not line.isprintable():
        line = "".join(c if c.isprintable() or c == "\t" else _escaped(c) for c in line)
    if len(line) > _LONG:
        left_out = len(line) - _BEGINNING - _END
        return f"{line[:_BEGINNING]} [{left_out} characters] {line[-_END:]}"
    return line


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
