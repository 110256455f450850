"""How a change is laid out: the tree of files, the lines with notes beside them, and links.

Pure: it is given what `services.changing` found, and makes what the templates write down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from urllib.parse import quote_plus

from markupsafe import Markup

from affineur.core.differences import Group, Touched
from affineur.core.findings import Where
from affineur.core.hunks import Hunk, Row, Sign, side_by_side
from affineur.core.lines import Lines
from affineur.core.margin import Note
from affineur.core.names import FeedName, ProjectName
from affineur.services.changing import Change
from affineur.web.ui.colouring import code
from affineur.web.ui.links import url

VIEWS = ("unified", "split")
_FOLDED = 40
"""Tests and documentation, if they are more files than this, are folded in the tree."""


@dataclass(frozen=True)
class Place:
    """Where a page of a change is: whatever stays the same from link to link."""

    change: Change
    old: str = ""
    """The version it is held against, when somebody chose it."""
    filename: str = ""
    """The file of the new version, when somebody chose it."""
    view: str = VIEWS[0]
    request: int | None = None

    @property
    def feed(self) -> FeedName:
        """The feed of the page."""
        return self.change.asked.feed

    @property
    def project(self) -> ProjectName:
        """The project."""
        return self.change.asked.project

    @property
    def path(self) -> str:
        """The page's path."""
        asked = self.change.asked
        return url("/feeds", asked.feed, "packages", asked.project, asked.new, "change")

    def to(self, **other: object) -> str:
        """Link to this page with something else about it."""
        return url(self.path, **(self._told | other))

    def to_file(self, path: str) -> str:
        """Link to one file of the change; a tree may have thousands."""
        return f"{self._to_files}file={quote_plus(path)}"

    @cached_property
    def _to_files(self) -> str:
        base = self.to()
        return f"{base}&" if "?" in base else f"{base}?"

    def tree(self, path: str | None) -> str:
        """Link to the tree of this page alone; `path` is the file that is shown."""
        return url(self.path, "tree", **(self._told | {"file": path}))

    @property
    def _told(self) -> dict[str, object]:
        return {
            "from": self.old,
            "of": self.filename,
            "view": self.view if self.view != VIEWS[0] else "",
            "request": self.request,
        }

    def reader(self, member: str, line: int | None = None, *, old: bool = False) -> str:
        """Link to a member of one of the two archives, in the reader of files."""
        side = self.change.old if old else self.change.new
        release = ("/feeds", self.feed, "packages", self.project, side.filename.version)
        to = url(*release, "files", side.sha256, path=member)
        return f"{to}#L{line}" if line else to


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of a line."""

    sign: Sign
    number: int | None
    markup: Markup
    left_out: int = 0
    """Characters that are left out of a long line before what is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page: one row of a unified difference, or two sides beside each other."""

    left: Cell | None
    right: Cell | None
    new: int | None
    """Its number in the new file."""
    old: int | None
    notes: tuple[tuple[str, Note], ...] = ()
    """What stands in the margin, each with its anchor."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A hunk."""

    header: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of the change, as it stands on the page."""

    file: Touched
    anchor: str
    pieces: tuple[Piece, ...] = ()
    cut: str = ""
    is_told: bool = False
    """Whether its lines were made for this page."""
    counts: tuple[int, int] | None = None
    aside: tuple[tuple[str, Note], ...] = ()
    """Notes that speak of no line that is shown."""

    @property
    def is_binary(self) -> bool:
        """Whether it is told by its size and its digest only."""
        return not self.file.is_text


@dataclass(frozen=True, slots=True)
class Folder:
    """Files of a group that stand in one folder."""

    name: str
    files: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the tree."""

    name: str
    file: Touched
    to: str
    counts: tuple[int, int] | None
    notes: int
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A group of files in the tree."""

    group: Group
    folders: tuple[Folder, ...]
    count: int
    is_open: bool


@dataclass(slots=True)
class Anchors:
    """Gives each note on a page its place in their order: links lead from one to the next."""

    shown: list[str] = field(default_factory=list)

    def next(self) -> str:
        """Give the next anchor."""
        self.shown.append(f"note-{len(self.shown) + 1}")
        return self.shown[-1]


def anchor_of(path: str) -> str:
    """Give the anchor of a file, the same in every order."""
    return "f" + hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:10]


# --- the tree -----------------------------------------------------------------------------


def tree(
    place: Place,
    told: Mapping[str, Lines],
    *,
    shown: frozenset[str],
    here: str | None = None,
) -> tuple[Branch, ...]:
    """Lay out the tree: groups, folders, files. `shown` are the paths that stand on the page."""
    notes = _new_notes(place.change)
    entries: list[tuple[Group, Entry]] = [
        (one.group, _entry(place, one, told.get(one.path), notes, shown, here))
        for one in place.change.files
    ]
    return tuple(
        _branch(group, [entry for _, entry in found])
        for group, found in groupby(entries, lambda one: one[0])
    )


def _new_notes(change: Change) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for note in change.notes:
        if note.is_new:
            found[note.where.file] = found.get(note.where.file, 0) + 1
    return found


def _entry(
    place: Place,
    file: Touched,
    lines: Lines | None,
    notes: Mapping[str, int],
    shown: frozenset[str],
    here: str | None,
) -> Entry:
    to = f"#{anchor_of(file.path)}" if file.path in shown else place.to_file(file.path)
    return Entry(
        file.path.rpartition("/")[2],
        file,
        to,
        counts_of(file, lines),
        notes.get(file.new or "", 0),
        file.path == here,
    )


def counts_of(file: Touched, lines: Lines | None) -> tuple[int, int] | None:
    """Give the lines that came and went; None when they were not counted."""
    if lines is None or not file.is_text:
        return None
    return (lines.added, lines.removed) if lines.added or lines.removed or not lines.cut else None


def _branch(group: Group, entries: Sequence[Entry]) -> Branch:
    folders = tuple(
        Folder(name, tuple(files))
        for name, files in groupby(entries, lambda one: one.file.path.rpartition("/")[0])
    )
    is_aside = group is Group.ASIDE and len(entries) > _FOLDED
    is_open = not is_aside or any(one.is_here for one in entries)
    return Branch(group, folders, len(entries), is_open)


# --- the files ----------------------------------------------------------------------------


def sheet(place: Place, file: Touched, lines: Lines | None, anchors: Anchors) -> Sheet:
    """Lay out one file with the notes in its margin."""
    notes = [one for one in place.change.notes if file.new and one.where.file == file.new]
    margin = _Margin([one for one in notes if one.is_new or one.where.line], anchors)
    is_split = place.view == "split"
    hunks = lines.hunks if lines else ()
    shown = {row.new for hunk in hunks for row in hunk.rows if row.new is not None}
    aside = tuple(
        (anchors.next(), one) for one in notes if one.is_new and one.where.line not in shown
    )
    pieces = tuple(_piece(one, margin, is_split=is_split) for one in hunks)
    return Sheet(
        file,
        anchor_of(file.path),
        pieces,
        lines.cut if lines else "",
        lines is not None,
        counts_of(file, lines),
        aside,
    )


@dataclass(slots=True)
class _Margin:
    """Hands out the notes of a file line by line."""

    notes: Sequence[Note]
    anchors: Anchors

    def at(self, line: int | None) -> tuple[tuple[str, Note], ...]:
        """Give the notes of a line of the new file."""
        if line is None:
            return ()
        return tuple((self.anchors.next(), one) for one in self.notes if one.where.line == line)


def _piece(hunk: Hunk, margin: _Margin, *, is_split: bool) -> Piece:
    old, new = ([row for row in hunk.rows if n(row) is not None] for n in (_old, _new))
    header = f"{_lines('Old', hunk.old, len(old))}, {_lines('new', hunk.new, len(new))}"
    if is_split:
        return Piece(header, tuple(_split(side_by_side(hunk.rows), margin)))
    return Piece(header, tuple(_unified(hunk.rows, margin)))


def _old(row: Row) -> int | None:
    return row.old


def _new(row: Row) -> int | None:
    return row.new


def _lines(side: str, start: int, count: int) -> str:
    if count == 0:
        return f"{side}: none"
    return (
        f"{side} line {start}" if count == 1 else f"{side} lines {start}\u2013{start + count - 1}"
    )


def _unified(rows: Sequence[Row], margin: _Margin) -> Iterator[Line]:
    for row in rows:
        yield Line(None, _cell(row, row.new), row.new, row.old, margin.at(row.new))


def _split(rows: Sequence[tuple[Row | None, Row | None]], margin: _Margin) -> Iterator[Line]:
    for old, new in rows:
        left = _cell(old, old.old) if old else None
        right = _cell(new, new.new) if new else None
        number = new.new if new else None
        yield Line(left, right, number, old.old if old else None, margin.at(number))


def _cell(row: Row, number: int | None) -> Cell:
    markup = code(row.text, row.colours, row.marks)
    if row.after:
        markup += Markup(' <span class="odd">{:,} more characters</span>').format(row.after)
    return Cell(row.sign, number, markup, row.before)


# --- from what is new to where it stands -------------------------------------------------


def spots(place: Place, sheets: Sequence[Sheet]) -> Mapping[Where, str]:
    """Link each place that news speak of: to its note or its file on the page, or to the reader."""
    notes = {
        (note.where.file, note.where.line): anchor
        for one in sheets
        for anchor, note in (*one.aside, *_noted(one))
    }
    shown = {one.file.new: one.anchor for one in sheets}
    return {
        where: _spot(place, where, notes.get((where.file, where.line)) or shown.get(where.file))
        for news in place.change.novelties.news
        for where in news.places
    }


def _noted(one: Sheet) -> Iterator[tuple[str, Note]]:
    return (note for piece in one.pieces for line in piece.lines for note in line.notes)


def _spot(place: Place, where: Where, anchor: str | None) -> str:
    if anchor is not None:
        return f"#{anchor}"
    path = place.change.path_of(where.file)
    return f"{place.to(file=path)}#files" if path else place.reader(where.file, where.line)
