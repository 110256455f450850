"""Which pieces of two lines are other, and which lines of a change belong together.

Bounded: a line of many pieces, and a change of many lines, is left as it is. Lines that have
little in common have no pieces to show.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

Marks = tuple[tuple[int, int], ...]
"""Pieces of one line: from, to; in order, apart."""

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_PIECES = 160
_LEAST_ALIKE = 0.5
_MOST_PAIRS = 900


def differing(old: str, new: str) -> tuple[Marks, Marks]:
    """Give the pieces of each line that the other has not; nothing when they are too unlike."""
    before, after = (_PIECE.findall(line) for line in (old, new))
    if max(len(before), len(after)) > _MOST_PIECES or not before or not after:
        return _between(old, new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < _LEAST_ALIKE:
        return (), ()
    opcodes = [one for one in matcher.get_opcodes() if one[0] != "equal"]
    return (
        tuple(_marks(before, [(one[1], one[2]) for one in opcodes])),
        tuple(_marks(after, [(one[3], one[4]) for one in opcodes])),
    )


def _between(old: str, new: str) -> tuple[Marks, Marks]:
    """Give what stands between the same beginning and the same end."""
    start = common(old, new)
    end = common(old[start:][::-1], new[start:][::-1])
    if start + end < max(len(old), len(new)) * _LEAST_ALIKE:
        return (), ()
    return tuple(
        ((start, len(line) - end),) if len(line) - end > start else () for line in (old, new)
    )  # type: ignore[return-value]  # of two lines, two


def common(one: Sequence[object], other: Sequence[object]) -> int:
    """Count how many are the same at the beginning of both."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _marks(pieces: Sequence[str], spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    last: tuple[int, int] | None = None
    for begin, end in ((starts[a], starts[b]) for a, b in spans if b > a):
        if last is not None and begin - last[1] <= 1:  # one character between two says nothing
            last = (last[0], end)
            continue
        if last is not None:
            yield last
        last = (begin, end)
    if last is not None:
        yield last


def pairs(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Say which new line took the place of which old one: places, new by old, both rising."""
    if len(old) == len(new):
        return {place: place for place in range(len(old))}
    if len(old) * len(new) > _MOST_PAIRS:
        return {}
    found: dict[int, int] = {}
    free = 0
    bags = [Counter(_PIECE.findall(line[:1000])) for line in new]
    for place, line in enumerate(old):
        bag = Counter(_PIECE.findall(line[:1000]))
        match = next((at for at in range(free, len(new)) if _are_alike(bag, bags[at])), None)
        if match is not None:
            found[place] = match
            free = match + 1
    return found


def _are_alike(one: Counter[str], other: Counter[str]) -> bool:
    total = one.total() + other.total()
    return total > 0 and 2 * (one & other).total() / total > _LEAST_ALIKE
