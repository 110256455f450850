"""Hunks: the pieces of a file that changed, line by line, with some lines around each.

A line is told as it stands in the file, and cut when it is long: whoever shows it sees to it
that nothing in it hides. `unified` writes hunks as `diff -u` does, for terminals and programs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from affineur.core.colours import Spans, read_spans
from affineur.core.words import Marks, common, differing, pairs

LONGEST = 1_000
"""Characters of a line that are told."""
_AHEAD = 100
_LONG = 600
_BEGINNING = 400
_END = 120
_SPACES = re.compile(r"(?<=\S)[ \t]{41,}(?=\S)")


class Sign(StrEnum):
    """What became of a line."""

    SAME = " "
    OLD = "-"
    NEW = "+"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a hunk."""

    sign: Sign
    text: str
    old: int | None = None
    """Its number in the old file, from 1."""
    new: int | None = None
    marks: Marks = ()
    """What of it the line that it is paired with has not."""
    pair: int | None = None
    """Of a new line: the number of the old one whose place it took."""
    before: int = 0
    """Characters that are left out before the text."""
    after: int = 0
    """Characters that are left out behind it."""
    colours: Spans = ()


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that stand together."""

    old: int
    """The number of its first old line, from 1; of the line before when it has none."""
    new: int
    rows: tuple[Row, ...]


def hunk(
    old: Sequence[str],
    new: Sequence[str],
    opcodes: Sequence[tuple[str, int, int, int, int]],
    most: int,
) -> Hunk:
    """Make a hunk of what `difflib` says of two texts, the changed lines in pairs.

    It has so many rows at `most`; what is left of the hunk is cut off.
    """
    rows: list[Row] = []
    for tag, a, b, c, d in opcodes:
        if len(rows) >= most:
            break
        if tag == "equal":
            rows += [_row(Sign.SAME, old[a + n], a + n + 1, c + n + 1) for n in range(b - a)]
        else:
            end = max(0, most - len(rows))
            rows += _changed(old[a : min(b, a + end)], new[c : min(d, c + end)], a + 1, c + 1)
    rows = rows[:most]
    old_count = sum(one.old is not None for one in rows)
    new_count = sum(one.new is not None for one in rows)
    _, at_old, _, at_new, _ = opcodes[0]
    return Hunk(at_old + bool(old_count), at_new + bool(new_count), tuple(rows))


def _row(sign: Sign, text: str, old: int | None, new: int | None) -> Row:
    return Row(sign, text[:LONGEST], old, new, after=max(0, len(text) - LONGEST))


def _changed(old: Sequence[str], new: Sequence[str], at_old: int, at_new: int) -> Iterator[Row]:
    """Give the rows of lines in whose place others stand."""
    found = pairs(old, new)
    paired = {after: before for before, after in found.items()}
    windows = {before: _windows(old[before], new[after]) for before, after in found.items()}
    for place, text in enumerate(old):
        number = at_old + place
        if place in windows:
            yield _windowed(Sign.OLD, text, windows[place], number)
        else:
            yield _row(Sign.OLD, text, number, None)
    for place, text in enumerate(new):
        number = at_new + place
        if place in paired:
            yield _windowed(Sign.NEW, text, windows[paired[place]], number, at_old + paired[place])
        else:
            yield _row(Sign.NEW, text, None, number)


@dataclass(frozen=True, slots=True)
class _Window:
    """What is told of two lines: where they begin to differ, if they are long, and the marks."""

    start: int
    marks: tuple[Marks, Marks]


def _windows(old: str, new: str) -> _Window:
    start = 0
    if max(len(old), len(new)) > LONGEST:
        start = max(0, common(old, new) - _AHEAD)
    return _Window(start, differing(*(line[start : start + LONGEST] for line in (old, new))))


def _windowed(sign: Sign, text: str, window: _Window, number: int, pair: int | None = None) -> Row:
    start, end = window.start, window.start + LONGEST
    is_old = sign is Sign.OLD
    return Row(
        sign,
        text[start:end],
        number if is_old else None,
        None if is_old else number,
        window.marks[0] if is_old else window.marks[1],
        pair,
        start,
        max(0, len(text) - end),
    )


# --- as text ------------------------------------------------------------------------------


def unified(hunks: Iterable[Hunk]) -> Iterator[str]:
    """Write hunks as `diff -u` does, without the names of the files; nothing in them hides."""
    for one in hunks:
        old = sum(row.old is not None for row in one.rows)
        new = sum(row.new is not None for row in one.rows)
        yield f"@@ -{_span(one.old, old)} +{_span(one.new, new)} @@"
        yield from (row.sign + _told(row) for row in one.rows)


def _span(start: int, count: int) -> str:
    return str(start) if count == 1 else f"{start},{count}"


def _told(row: Row) -> str:
    before = f"[{row.before} characters] " if row.before else ""
    return before + shown(row.text, row.after)


def shown(line: str, left_out: int = 0) -> str:
    """Write a line so that all of it is seen: no control characters, no text far to the right."""
    line = _SPACES.sub(lambda run: f" [{len(run[0])} spaces] ", line.removesuffix("\r"))
    if not line.isprintable():
        line = "".join(c if c.isprintable() or c == "\t" else _escaped(c) for c in line)
    if len(line) + left_out > _LONG:
        end = line[-_END:] if not left_out else ""
        left_out += len(line) - _BEGINNING - len(end)
        return f"{line[:_BEGINNING]} [{left_out} characters] {end}".rstrip()
    return line


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


# --- side by side -------------------------------------------------------------------------


def side_by_side(rows: Sequence[Row]) -> tuple[tuple[Row | None, Row | None], ...]:
    """Put old and new lines beside each other, those that are paired in one row."""
    found: list[tuple[Row | None, Row | None]] = []
    for is_same, block in groupby(rows, lambda row: row.sign is Sign.SAME):
        if is_same:
            found += [(row, row) for row in block]
        else:
            changed = list(block)
            found += _beside(
                [row for row in changed if row.sign is Sign.OLD],
                [row for row in changed if row.sign is Sign.NEW],
            )
    return tuple(found)


def _beside(old: list[Row], new: list[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    paired = {row.pair for row in new} - {None}
    while old or new:
        is_lone_old = bool(old) and old[0].old not in paired
        is_lone_new = bool(new) and new[0].pair is None
        takes_old = bool(old) and (is_lone_old or not is_lone_new)
        takes_new = bool(new) and (is_lone_new or not is_lone_old)
        yield old.pop(0) if takes_old else None, new.pop(0) if takes_new else None


# --- as it travels ------------------------------------------------------------------------


def to_wire(one: Hunk, old_colours: Sequence[str], new_colours: Sequence[str]) -> list[Any]:  # JSON
    """Tell a hunk as the child does; colours are those of whole lines (`core.colours`)."""
    return [one.old, one.new, [_wired(row, old_colours, new_colours) for row in one.rows]]


def _wired(row: Row, old: Sequence[str], new: Sequence[str]) -> list[Any]:  # JSON
    colours, number = (old, row.old) if row.new is None else (new, row.new)
    is_coloured = number is not None and number <= len(colours) and not row.before
    return [
        row.sign,
        row.text,
        row.old,
        row.new,
        row.marks,
        row.pair,
        row.before,
        row.after,
        colours[number - 1] if is_coloured and number is not None else "",
    ]


def from_wire(told: Any) -> Hunk:  # JSON, of a child that read what strangers wrote
    """Read a hunk that a child told; raise `ValueError` or `TypeError` when it makes no sense."""
    old, new, rows = told
    return Hunk(int(old), int(new), tuple(_read(*one) for one in rows))


def _read(sign: str, text: str, *others: Any) -> Row:  # JSON
    old, new, marks, pair, before, after, colours = others
    return Row(
        Sign(sign),
        str(text),
        None if old is None else int(old),
        None if new is None else int(new),
        tuple((int(start), int(end)) for start, end in marks),
        None if pair is None else int(pair),
        int(before),
        int(after),
        read_spans(str(colours)),
    )
